/** Name of the variable that says where the plugin writes to. */
export const EVENTS_VARIABLE = 'RUNYARD_EVENTS_FILE';
export const PLUGIN_NAME = 'runyard_events';

/**
 * A notification plugin of Ansible: beside the output for people it writes one JSON line for each result of a task on
 * a host, and one with the sums of each host at the end. Ansible has taken out what `no_log` hides before it calls.
 */
export const CALLBACK_PLUGIN = `
from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: ${PLUGIN_NAME}
    type: notification
    short_description: one JSON line for each result
    description: Writes what each task gave on each host to a file.
"""

TEXT_MAX = 65536
DROPPED = ('invocation', '_ansible_parsed', '_ansible_no_log', 'ansible_facts', 'diff_peek', 'warnings', 'deprecations')


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, bytes):
        value = value.decode('utf-8', 'replace')
    if isinstance(value, str):
        text = str(value)
        return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + '[cut]'
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = '${PLUGIN_NAME}'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._events = open(os.environ['${EVENTS_VARIABLE}'], 'a', encoding='utf-8', errors='backslashreplace')

    def _write(self, event):
        self._events.write(json.dumps(event) + '\\n')
        self._events.flush()

    def _result(self, status, result):
        host = getattr(result, 'host', None) or result._host
        task = getattr(result, 'task', None) or result._task
        content = getattr(result, 'result', None) or result._result
        kept = {key: member for key, member in content.items() if key not in DROPPED}
        self._write({
            'event': 'result',
            'host': host.get_name(),
            'task': task.get_name().strip(),
            'action': task.action,
            'status': status,
            'result': plain(kept),
        })

    def v2_runner_on_ok(self, result):
        content = getattr(result, 'result', None) or result._result
        self._result('changed' if content.get('changed') else 'ok', result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._result('ignored' if ignore_errors else 'failed', result)

    def v2_runner_on_unreachable(self, result):
        self._result('unreachable', result)

    def v2_runner_on_skipped(self, result):
        self._result('skipped', result)

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in stats.processed}
        self._write({'event': 'stats', 'hosts': hosts})
        self._events.close()
`;
