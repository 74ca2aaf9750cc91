"""netmiko with threads: connect, find the prompt, one command, end; so many devices at once."""

import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

from netmiko import ConnectHandler

logging.disable(logging.CRITICAL)
fleet = json.load(sys.stdin)


def run_on(device):
    try:
        connection = ConnectHandler(
            device_type="cisco_ios",
            host=device["address"],
            port=device["port"],
            username=fleet["username"],
            use_keys=True,
            key_file=fleet["privateKeyFile"],
            allow_agent=False,
            fast_cli=fleet["fast"],
            timeout=60,
        )
        output = connection.send_command(fleet["command"])
        connection.disconnect()
        return "Version" in output
    except Exception as error:  # one device that fails must not end the others
        sys.stderr.write(f"{type(error).__name__}\n")
        return False


with ThreadPoolExecutor(fleet["parallel"]) as pool:
    for answered in pool.map(run_on, fleet["devices"]):
        if answered:
            print("answered")
