# terraform_data is built in: nothing is downloaded.
variable "network" {
  type = string
}

variable "sites" {
  type = list(string)
}

resource "terraform_data" "site" {
  for_each = toset(var.sites)
  input    = cidrsubnet(var.network, 8, index(var.sites, each.key))
}

output "subnets" {
  value = { for name, site in terraform_data.site : name => site.output }
}
