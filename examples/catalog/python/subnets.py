"""Cuts a network into subnets and prints them as JSON."""

import argparse
import ipaddress
import itertools
import json
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--network", required=True)
parser.add_argument("--prefix", type=int, required=True)
parser.add_argument("--count", type=int, required=True)
parser.add_argument("--verbose", action="store_true")
args = parser.parse_args()

try:
    network = ipaddress.ip_network(args.network)
    pieces = [str(piece) for piece in itertools.islice(network.subnets(new_prefix=args.prefix), args.count)]
except ValueError as error:
    sys.exit(str(error))
if args.verbose:
    print(f"{network} has {network.num_addresses} addresses", file=sys.stderr)
print(json.dumps({"network": str(network), "subnets": pieces}))
