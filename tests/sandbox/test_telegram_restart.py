"""Killed and started again on the same data, the local Telegram goes on where it was."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.conftest import BOT_TOKEN, sandbox_process
from tests.sandbox.telegram_side import SECRET, Hook, Reply, Telegram


def test_a_kill_loses_no_message_no_file_no_webhook_and_no_update(tmp_path: Path, hook: Hook) -> None:
    with sandbox_process(tmp_path, peers=("telegram",), TELEGRAM_BOT_TOKEN=BOT_TOKEN) as process:
        telegram = Telegram(process.origins["telegram"], BOT_TOKEN).with_person()
        sent = telegram.say("kept", "go")
        file_id = telegram.ok("sendDocument", {"document": ("a.txt", b"bytes")}, chat_id=telegram.user)["document"][
            "file_id"
        ]
        hook.replies = [Reply(), Reply(503, {"Retry-After": "3600"})]
        telegram.hook_to(hook)
        telegram.writes("taken")
        telegram.writes("owed")
        taken, owed = hook.next(), hook.next()
        process.kill()
    with sandbox_process(tmp_path, peers=("telegram",), TELEGRAM_BOT_TOKEN=BOT_TOKEN) as process:
        again = Telegram(process.origins["telegram"], BOT_TOKEN, telegram.user)
        redelivered = hook.next()
        assert redelivered.update == owed.update
        assert redelivered.headers["x-telegram-bot-api-secret-token"] == SECRET
        again.presses(sent, "go")
        newer = hook.next().update["update_id"]
        assert taken.update["update_id"] < owed.update["update_id"] < newer
        assert again.sees(sent["message_id"])["text"] == "kept"
        assert again.ok("sendDocument", chat_id=again.user, document=file_id)["document"]["file_size"] == 5
        assert again.say()["message_id"] > sent["message_id"]
        assert process.stop() == 0


def test_update_ids_never_go_back_even_when_all_were_taken(tmp_path: Path) -> None:
    with sandbox_process(tmp_path, peers=("telegram",), TELEGRAM_BOT_TOKEN=BOT_TOKEN) as process:
        telegram = Telegram(process.origins["telegram"], BOT_TOKEN).with_person()
        telegram.writes("one")
        last = telegram.ok("getUpdates")[-1]["update_id"]
        assert telegram.ok("getUpdates", offset=last + 1) == []
        process.kill()
    with sandbox_process(tmp_path, peers=("telegram",), TELEGRAM_BOT_TOKEN=BOT_TOKEN) as process:
        again = Telegram(process.origins["telegram"], BOT_TOKEN, telegram.user)
        again.writes("two")
        assert again.ok("getUpdates")[0]["update_id"] == last + 1
