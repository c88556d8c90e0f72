"""Text, keyboards, edits, taps: what Telegram takes, what it refuses, in its words."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.telegram_side import DEADLINE_S, Telegram

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


def test_html_becomes_text_and_entities_in_utf16(telegram: Telegram) -> None:
    sent = telegram.say(
        '😀 <b>ж<i>к</i></b> &lt;<a href="https://trt.io/?a=1&amp;b=2">тут</a> <code>a&#33;</code>', parse_mode="HTML"
    )
    assert sent["text"] == "😀 жк <тут a!"
    assert sent["entities"] == [
        {"type": "bold", "offset": 3, "length": 2},
        {"type": "italic", "offset": 4, "length": 1},
        {"type": "text_link", "url": "https://trt.io/?a=1&b=2", "offset": 7, "length": 3},
        {"type": "code", "offset": 11, "length": 2},
    ]


def test_a_code_block_knows_its_language_and_a_quote_may_expand(telegram: Telegram) -> None:
    html = '<pre><code class="language-python">x = 1</code></pre>\n<blockquote expandable>long</blockquote>'
    assert telegram.say(html, parse_mode="HTML")["entities"] == [
        {"type": "pre", "language": "python", "offset": 0, "length": 5},
        {"type": "expandable_blockquote", "offset": 6, "length": 4},
    ]


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ж</b>", "Unexpected end tag at byte offset 2"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<b", 'Unclosed start tag "b" at byte offset 0'),
        ('<span class="x">a</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused(telegram: Telegram, html: str, why: str) -> None:
    said = telegram.refusal("sendMessage", chat_id=telegram.user, text=html, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {why}"


def test_lengths_count_after_entities(telegram: Telegram) -> None:
    assert len(telegram.say("<b>" + "ж" * 4096 + "</b>", parse_mode="HTML")["text"]) == 4096
    assert telegram.refusal("sendMessage", chat_id=telegram.user, text="ж" * 4097) == "Bad Request: message is too long"
    assert (
        telegram.refusal("sendMessage", chat_id=telegram.user, text="<b> </b>", parse_mode="HTML")
        == "Bad Request: message text is empty"
    )


@pytest.mark.parametrize(
    ("button", "why"),
    [
        ({"text": "a", "callback_data": "ж" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "a"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "a"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": "a", "url": "not a url"}, "inline keyboard button URL 'not a url' is invalid: Wrong HTTP URL"),
    ],
)
def test_a_bad_button_is_refused(telegram: Telegram, button: dict[str, str], why: str) -> None:
    markup = {"inline_keyboard": [[button]]}
    assert (
        telegram.refusal("sendMessage", chat_id=telegram.user, text="a", reply_markup=markup) == f"Bad Request: {why}"
    )


def test_sixty_four_bytes_of_data_pass_and_come_back(telegram: Telegram) -> None:
    data = "ж" * 32
    telegram.presses(telegram.say("a", data), data)
    assert telegram.ok("getUpdates")[0]["callback_query"]["data"] == data


def test_who_never_wrote_is_not_found_and_who_blocked_is_forbidden(telegram: Telegram) -> None:
    silent = telegram.post("users", {"first_name": "Молчун"})["id"]
    for chat_id in (silent, 42, "@nobody"):
        assert telegram.refusal("sendMessage", chat_id=chat_id, text="a") == "Bad Request: chat not found"
    telegram.act("block")
    answer = telegram.call("sendMessage", chat_id=telegram.user, text="a")
    assert (answer["error_code"], answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    news = telegram.ok("getUpdates")[-1]["my_chat_member"]
    assert (news["old_chat_member"]["status"], news["new_chat_member"]["status"]) == ("member", "kicked")
    telegram.act("unblock")
    assert telegram.say()["text"] == "Привет"


def test_an_edit_replaces_text_and_keyboard_and_the_person_sees_it(telegram: Telegram) -> None:
    message_id = telegram.say("old", "one")["message_id"]
    edited = telegram.ok(
        "editMessageText", chat_id=telegram.user, message_id=message_id, text="<b>new</b>", parse_mode="HTML"
    )
    assert "reply_markup" not in edited
    seen = telegram.sees(message_id)
    assert (seen["text"], seen["entities"][0]["type"], seen["outgoing"]) == ("new", "bold", True)
    assert seen["edit_date"] >= seen["date"]


def test_an_edit_that_changes_nothing_is_refused_even_after_another_edit(telegram: Telegram) -> None:
    sent = telegram.say("same", "one")
    same = {
        "chat_id": telegram.user,
        "message_id": sent["message_id"],
        "text": "same",
        "reply_markup": sent["reply_markup"],
    }
    assert telegram.refusal("editMessageText", **same) == NOT_MODIFIED
    telegram.ok("editMessageText", **{**same, "text": "other"})
    assert telegram.refusal("editMessageText", **{**same, "text": "<i></i>other", "parse_mode": "HTML"}) == NOT_MODIFIED
    assert telegram.refusal("editMessageReplyMarkup", **same) == NOT_MODIFIED


def test_what_cannot_be_edited(telegram: Telegram) -> None:
    theirs = telegram.writes("mine")["message_id"]
    chat = {"chat_id": telegram.user, "text": "x"}
    assert (
        telegram.refusal("editMessageText", **chat, message_id=99_999_999) == "Bad Request: message to edit not found"
    )
    assert telegram.refusal("editMessageText", **chat, message_id=theirs) == "Bad Request: message can't be edited"
    assert telegram.refusal("editMessageText", **chat) == "Bad Request: message identifier is not specified"
    sent = telegram.say("text")["message_id"]
    words = telegram.refusal("editMessageCaption", chat_id=telegram.user, message_id=sent, caption="x")
    assert words == "Bad Request: there is no caption in the message to edit"


def test_deleting(telegram: Telegram) -> None:
    first, second, rev = telegram.say()["message_id"], telegram.say()["message_id"], telegram.chat()["rev"]
    telegram.ok("deleteMessage", chat_id=telegram.user, message_id=first)
    again = telegram.refusal("deleteMessage", chat_id=telegram.user, message_id=first)
    assert again == "Bad Request: message to delete not found"
    telegram.ok("deleteMessages", chat_id=telegram.user, message_ids=[first, second])
    assert telegram.chat(after=rev)["deleted"] == [first, second]


def test_a_tap_is_answered_once_and_the_person_reads_it(telegram: Telegram) -> None:
    query_id = telegram.presses(telegram.say("menu", "go"), "go")
    assert telegram.get(f"chats/{telegram.user}/answers/{query_id}")["answered"] is False
    telegram.ok("answerCallbackQuery", callback_query_id=query_id, text="Готово", show_alert=True)
    answer = telegram.get(f"chats/{telegram.user}/answers/{query_id}")
    assert answer == {"answered": True, "text": "Готово", "show_alert": True}
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert telegram.refusal("answerCallbackQuery", callback_query_id=query_id) == too_old
    assert telegram.refusal("answerCallbackQuery", callback_query_id="1") == too_old
    assert (
        telegram.refusal("answerCallbackQuery", callback_query_id="1", text="ж" * 201)
        == "Bad Request: MESSAGE_TOO_LONG"
    )


def test_a_button_must_be_there_unless_an_old_screen_is_pressed(telegram: Telegram) -> None:
    sent = telegram.say("menu", "old")
    telegram.ok("editMessageText", chat_id=telegram.user, message_id=sent["message_id"], text="without")
    press = {"message_id": sent["message_id"], "data": "old"}
    assert telegram.act("press", **press) == {"error": "There is no such button on this message now."}
    telegram.act("press", **press, force=True)
    assert telegram.ok("getUpdates")[-1]["callback_query"]["message"]["text"] == "without"
    telegram.ok("deleteMessage", chat_id=telegram.user, message_id=sent["message_id"])
    telegram.act("press", **press, force=True)
    gone = telegram.ok("getUpdates")[-1]["callback_query"]["message"]
    assert (gone["date"], "text" in gone) == (0, False)


def test_copies_forwards_replies_and_reactions(telegram: Telegram) -> None:
    source = telegram.say("<b>source</b>", parse_mode="HTML")["message_id"]
    chat = {"chat_id": telegram.user, "from_chat_id": telegram.user, "message_id": source}
    copy = telegram.sees(telegram.ok("copyMessage", **chat)["message_id"])
    assert (copy["text"], copy["entities"][0]["type"], "forward_origin" in copy) == ("source", "bold", False)
    assert telegram.ok("forwardMessage", **chat)["forward_origin"]["sender_user"]["is_bot"] is True
    assert telegram.say("re", reply_parameters={"message_id": source})["reply_to_message"]["text"] == "source"
    missing = telegram.refusal(
        "sendMessage", chat_id=telegram.user, text="re", reply_parameters={"message_id": 99_999_999}
    )
    assert missing == "Bad Request: message to be replied not found"
    heart = [{"type": "emoji", "emoji": "❤"}]
    telegram.ok("setMessageReaction", chat_id=telegram.user, message_id=source, reaction=heart)
    assert telegram.sees(source)["reaction"] == heart


@pytest.mark.parametrize("way", ["query", "form", "json", "multipart"])
def test_parameters_come_in_four_ways(telegram: Telegram, way: str) -> None:
    url, values = f"{telegram.origin}/bot{telegram.token}/SENDmessage", {"chat_id": str(telegram.user), "text": "так"}
    send: dict[str, Any] = {
        "query": {"params": values},
        "form": {"data": values},
        "json": {"json": values},
        "multipart": {"files": {name: (None, value) for name, value in values.items()}},
    }[way]
    answer = requests.request("GET" if way == "query" else "POST", url, timeout=DEADLINE_S, **send).json()
    assert answer["result"]["text"] == "так"


def test_strangers_and_unknown_methods(telegram: Telegram) -> None:
    stranger = Telegram(telegram.origin, "700001:guess")
    assert stranger.call("getMe") == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert telegram.call("noSuch")["error_code"] == 404
    assert telegram.ok("getMe")["id"] == 700001


def test_commands_have_scopes_and_languages(telegram: Telegram) -> None:
    menu = [{"command": "start", "description": "Меню"}]
    telegram.ok("setMyCommands", commands=menu, language_code="ru")
    telegram.ok("setMyCommands", commands=[{"command": "start", "description": "Menu"}])
    assert telegram.ok("getMyCommands", language_code="ru") == menu
    english = telegram.with_person("Ann", "en")
    shown = [telegram.get("state", user=who.user)["commands"][0]["description"] for who in (telegram, english)]
    assert shown == ["Меню", "Menu"]
    telegram.ok("deleteMyCommands", language_code="ru")
    assert telegram.ok("getMyCommands", language_code="ru") == []
    refused = telegram.refusal("setMyCommands", commands=[{"command": "Не то", "description": "x"}])
    assert refused == "Bad Request: BOT_COMMAND_INVALID"


def test_the_page_of_another_site_cannot_write(telegram: Telegram) -> None:
    url = f"{telegram.origin}/sandbox/chats/{telegram.user}/send"
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert requests.post(url, json={"text": "x"}, headers=headers, timeout=DEADLINE_S).status_code == 403
    own = {"Origin": telegram.origin, "Sec-Fetch-Site": "same-origin"}
    assert requests.post(url, json={"text": "x"}, headers=own, timeout=DEADLINE_S).status_code == 200


def test_events_tell_of_changes_answers_and_actions(telegram: Telegram) -> None:
    url = f"{telegram.origin}/sandbox/chats/{telegram.user}/events"
    query_id = telegram.presses(telegram.say("menu", "go"), "go")
    with requests.get(url, params={"after": telegram.chat()["rev"]}, stream=True, timeout=DEADLINE_S) as stream:
        telegram.ok("sendChatAction", chat_id=telegram.user, action="upload_photo")
        telegram.ok("answerCallbackQuery", callback_query_id=query_id)
        telegram.say()
        lines = (line for line in stream.iter_lines(chunk_size=1, decode_unicode=True) if line.startswith("event:"))
        assert [next(lines) for _ in range(3)] == ["event: action", "event: answer", "event: change"]


def test_rate_limits_can_be_switched_on(telegram: Telegram) -> None:
    telegram.post("config", {"limits": True})
    answers = [telegram.call("sendMessage", chat_id=telegram.user, text="a") for _ in range(12)]
    refused = next(answer for answer in answers if not answer["ok"])
    assert refused["error_code"] == 429
    assert refused["description"] == f"Too Many Requests: retry after {refused['parameters']['retry_after']}"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (b'{"text": "\\ud800"}', "strings must be encoded in UTF-8"),
        (b'{"message_id": 1180591620717411303424, "text": "a"}', 'invalid parameter "message_id" value specified'),
        (b'{"text": "a", "reply_parameters": {"message_id": "x"}}', "message identifier is not a whole number"),
        (b'{"text": "a", "entities": [{"type": "bold"}]}', "can't parse MessageEntity"),
        (b"[" * 100_000, "can't parse request body"),
        (b"[1]", "can't parse request body"),
    ],
)
def test_hostile_input_is_refused_like_any_other(telegram: Telegram, params: bytes, words: str) -> None:
    body = params.replace(b"{", b'{"chat_id": %d, ' % telegram.user, 1)
    method = "editMessageText" if b"1180" in params else "sendMessage"
    url, headers = f"{telegram.origin}/bot{telegram.token}/{method}", {"Content-Type": "application/json"}
    answer = requests.post(url, data=body, headers=headers, timeout=DEADLINE_S).json()
    assert answer["description"].startswith(f"Bad Request: {words}")
