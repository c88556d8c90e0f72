"""How the sandbox is started: credentials come by environment, where other users of the machine do not see them."""

from __future__ import annotations

import psutil
import requests

from tests.sandbox.kie_side import DEADLINE_S, sandbox_process

TOKEN, KEY = "700002:a-token-by-environment", "a-key-by-environment"


def test_credentials_come_by_environment_and_stand_in_no_command_line(tmp_path):
    credentials = {"TELEGRAM_BOT_TOKEN": TOKEN, "KIE_API_KEY": KEY}
    with sandbox_process(tmp_path, peers=("telegram", "kie"), **credentials) as process:
        command = " ".join(psutil.Process(process.popen.pid).cmdline())
        telegram, kie = process.origins["telegram"], process.origins["kie"]
        me = requests.get(f"{telegram}/bot{TOKEN}/getMe", timeout=DEADLINE_S).json()
        credits = f"{kie}/api/v1/chat/credit"
        rich = requests.get(credits, headers={"Authorization": f"Bearer {KEY}"}, timeout=DEADLINE_S).json()
        stranger = requests.get(credits, headers={"Authorization": "Bearer sandbox"}, timeout=DEADLINE_S).json()

    assert me["result"]["id"] == 700002
    assert (rich["code"], stranger["code"]) == (200, 401)
    assert TOKEN not in command
    assert KEY not in command
