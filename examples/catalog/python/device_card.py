"""Prints a card of each device that it gets on its input."""

import json
import os
import sys

width = int(os.environ["CARD_WIDTH"])
for node in json.load(sys.stdin)["inventory_nodes"]:
    print(f"+{'-' * (width - 2)}+")
    for key, value in [("name", node["name"]), *sorted(node["attributes"].items())]:
        print(f"| {f'{key}: {value}'[:width - 4]:<{width - 4}} |")
    print(f"+{'-' * (width - 2)}+")
