"""What `up` tells a person: whom it serves, where things are, and what is off because nobody has set it."""

import stat
from pathlib import Path

from trt.env import Env
from trt.joined import LOCAL_DECIDES, NEEDS, PAYMENTS, is_demo
from trt.up.peers import Plan

NAMES = {"telegram": "Telegram", "kie": "KIE", "yookassa": "YooKassa", "cryptopay": "Crypto Pay"}


def served(plan: Plan, env: Env) -> list[str]:
    """Before anything starts: for each peer, whether it is the real one. A way to pay that is neither has no line here."""
    real = {
        "telegram": f"REAL, {env.telegram_api_url}, {_way(env)}",
        "kie": f"REAL, {env.kie_api_url}, every order costs credits"
        + (" (DRY_RUN: none is sent)" if env.dry_run else ""),
        "yookassa": f"REAL, {env.yookassa_api_url}, people pay money" + _unless_off(env),
        "cryptopay": f"REAL, {env.crypto_pay_api_url}, people pay coins" + _unless_off(env),
    }
    return [
        f"{NAMES[peer]}: {f'played here, because {_names(peer)} not set' if peer in plan.sandboxes else real[peer]}"
        for peer in NEEDS
        if peer in plan.sandboxes or peer not in PAYMENTS or env.has(peer)
    ]


def ignored(plan: Plan, given: dict[str, str]) -> list[str]:
    """Variables that a local peer makes meaningless: said, or somebody wonders why they do nothing."""
    return [
        f"{name} is not used: {NAMES[peer]} is played here until {_names(peer)} set"
        for peer in plan.sandboxes
        for name in LOCAL_DECIDES[peer]
        if name in given
    ]


def exposed(dotenv: Path) -> list[str]:
    """A line where others than its owner can read `.env`."""
    if not dotenv.is_file() or not dotenv.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return []
    return [f"warning: {dotenv} holds secrets, and others on this machine can read it. Write chmod 600 {dotenv}"]


def places(plan: Plan, addresses: dict[str, str], web: str, password: str) -> list[tuple[str, str]]:
    """Where a person goes, the first place first."""
    demo = is_demo(plan.sandboxes)
    chat = addresses["TELEGRAM_API_URL"] + "/" if "telegram" in plan.sandboxes else "your bot in Telegram"
    login = (
        f"login: admin / {password}"
        if demo
        else "login: make one with .venv/bin/python manage.py createsuperuser (the demo's is switched off)"
    )
    lines = [("chat", chat), ("admin", f"{web}/admin/   {login}"), ("health", f"{web}/health")]
    if "kie" in plan.sandboxes:
        lines.append(("KIE", addresses["KIE_API_URL"] + "/   what it makes is not AI"))
    return lines


def off(env: Env) -> list[str]:
    """What does not work, or works otherwise, because of what is set or unset: a line each."""
    rules = (
        (env.mixed_peers, "payments: one peer is real and one is played here; results say «демо-режим»"),
        (env.kie_played_for_people, "charges: KIE is played here, so what it draws costs people nothing"),
        *((not env.has(peer), f"payment by {NAMES[peer]}: {_names(peer)} not set") for peer in PAYMENTS),
        (
            not (env.payment_card or env.payment_phone),
            "payment by transfer: neither PAYMENT_CARD nor PAYMENT_PHONE is set",
        ),
        (
            env.one_database_role,
            "the guard of transfers by the database's roles: DATABASE_OWNER_URL does not name a second role "
            "(docs/RUNBOOK.md, A database of your own)",
        ),
        (env.dry_run, "orders and payments: DRY_RUN is on"),
        (env.test_mode, "orders of people who are not staff, charges of those who are, and payments: TEST_MODE is on"),
        (env.single_model_only, "the choice of models: SINGLE_MODEL_ONLY is on"),
        (not env.support_telegram, "the support button in the bot: SUPPORT_TELEGRAM is not set"),
        (not env.admin_id, "staff in the bot: ADMIN_ID is not set"),
        (
            bool(env.webhook_base_url) and not env.kie_callback_base_url,
            "KIE's callbacks: WEBHOOK_BASE_URL is not public; results are polled",
        ),
        (not env.webhook_base_url, "webhooks and KIE's callbacks: WEBHOOK_BASE_URL is not set; both are polled"),
    )
    return [line for holds, line in rules if holds]


def _names(peer: str) -> str:
    """Its credentials, and the verb that goes with them."""
    names = NEEDS[peer]
    return f"{' and '.join(names)} {'are' if len(names) > 1 else 'is'}"


def _unless_off(env: Env) -> str:
    return "" if env.payments_enabled else " (payments are off)"


def _way(env: Env) -> str:
    return f"delivering to {env.webhook_base_url}" if env.mode == "webhook" else "polled (no public address needed)"
