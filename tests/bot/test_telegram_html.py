"""Telegram's rules for a text: each slip has its sentence; what has none, Telegram takes."""

import random

import pytest

from bot import passive_copy
from bot.telegram_html import complaints, plain_complaints
from sandbox.telegram.errors import ApiError
from sandbox.telegram.html import parse

RIGHT = [
    "Просто слова",
    "<b>жирный <i>и курсив</i></b> <u>u</u> <s>s</s> <tg-spoiler>тайна</tg-spoiler>",
    '<span class="tg-spoiler">тайна</span>',
    '<a href="https://example.org/?a=1&amp;b=2">ссылка</a> <a href="tg://user?id=1">человек</a>',
    '<pre><code class="language-python">x = 1</code></pre>',
    "<blockquote expandable>длинная <b>цитата</b></blockquote>",
    "5 &lt; 6 &amp; 7 &gt; 6, &quot;так&quot;, &#128260; &#x1F504;",
    "Ромео & Джульетта, 5 > 3",
    '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
    "я" * 4096,
    "<b>" + "я" * 4096 + "</b>",
]
WRONG = [
    ("<b>слова", "not closed"),
    ("слова</b>", "never opened"),
    ("<b><i>слова</b></i>", "closed first"),
    ("<div>слова</div>", "has no <div>"),
    ("<br>слова", "has no <br>"),
    ("5 < 6", "&lt;"),
    ("слова <b", "&lt;"),
    ('<a href="">слова</a>', "needs an address"),
    ("<a>слова</a>", "needs an address"),
    ('<a href="javascript:alert(1)">слова</a>', "needs an address"),
    ('<span class="red">слова</span>', "spoiler only"),
    ("<tg-emoji>👍</tg-emoji>", "emoji-id"),
    ("<code>a <b>b</b></code>", "no other tags"),
    ("<blockquote>a <blockquote>b</blockquote></blockquote>", "cannot stand inside"),
    ("слова&nbsp;слова", "&nbsp; is shown"),
    ("", "nothing to show"),
    ("<b> </b>", "nothing to show"),
    ("я" * 4097, "4097 characters"),
]


@pytest.fixture(autouse=True)
def english():
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_has_no_complaint_and_telegram_takes_it(text):
    assert complaints(text) == []
    assert parse(text)[0].strip()


@pytest.mark.parametrize(("text", "word"), WRONG)
def test_each_slip_has_one_sentence(text, word):
    found = complaints(text)

    assert len(found) == 1
    assert word in found[0]


def test_whatever_has_no_complaint_the_local_telegram_takes():
    pieces = [
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<code>",
        "</code>",
        "<a href='https://a.b'>",
        "</a>",
        "<x>",
        "<",
        ">",
        "&",
        "&lt;",
    ]
    pieces += [
        "</",
        '"',
        "'",
        "слово",
        " ",
        "\n",
        "<pre>",
        "</pre>",
        "<tg-spoiler>",
        "</tg-spoiler>",
        "<b",
        "< b>",
        "</b >",
    ]
    luck, right = random.Random(4), 0
    for _ in range(20_000):
        text = "".join(luck.choice(pieces) for _ in range(luck.randint(1, 7)))
        if complaints(text):
            continue
        right += 1
        try:
            parse(text)
        except ApiError as refusal:
            pytest.fail(f"{text!r}: {refusal.description}")
    assert right > 1000


@pytest.mark.parametrize(
    ("text", "word"), [("", "nothing"), (" ", "nothing"), ("a\nb", "one line"), ("я" * 65, "65"), ("<b>a</b>", "Tags")]
)
def test_plain_texts_are_held_against_their_own_limits(text, word):
    (found,) = plain_complaints(text, most=64)
    assert word in found


@pytest.mark.parametrize(
    "code",
    [
        "200b",
        "2060",
        "ad",
        "feff",
        "fe0f",
        "e0100",
        "200d",
        "202e",
        "34f",
        "3164",
        "2800",
        "fffc",
        "a0",
        "3000",
        "e0020",
    ],
)
def test_a_text_of_what_nobody_sees_is_empty(code):
    unseen = chr(int(code, 16))
    for found in (complaints(f"<b>{unseen}</b> &#x{code};"), plain_complaints(f" {unseen}{unseen}", most=64)):
        assert found == ["There is nothing to show."]
    for seen in (f"{unseen}я{unseen}", "❤\ufe0f", "👨\u200d👩", "—"):
        assert complaints(seen) == plain_complaints(seen, most=64) == []


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_the_first_words_are_right(locale):
    passive_copy.PassiveCopy(locale=locale, **passive_copy.DEFAULTS[locale]).clean()


@pytest.mark.parametrize(
    "message", ["{until}", "Till {until}, not after {until}.", "A\nTill {until}.\nB", "No end told"]
)
def test_the_end_of_the_hold_may_stand_anywhere(message):
    assert passive_copy.complaints(message=message, button="a", toast="b") == {}
    assert "{" not in passive_copy.with_until(message, "15:30")


@pytest.mark.parametrize(
    "slip", ["{untill}", "{Until}", "{ until }", "{}", "{0}", "{name}", "{{until}}", "{until", "until}", "{{", "}"]
)
def test_anything_else_in_braces_has_one_sentence_that_names_what_is_known(slip):
    (found,) = passive_copy.complaints(message=f"Till {slip}", button="a", toast="b")["message"]
    assert "only {until} is known" in found
    shown = slip if slip.startswith("{") and slip.endswith("}") else slip.replace("until", "")
    assert found.startswith(f"{shown} would be shown")


@pytest.mark.parametrize("name", ["button", "toast"])
@pytest.mark.parametrize("slip", ["{until}", "{name}", "{{"])
def test_a_button_and_a_toast_have_no_placeholders(name, slip):
    words = {"message": "a", "button": "b", "toast": "c"} | {name: slip}
    assert "in the message only" in passive_copy.complaints(**words)[name][0]
