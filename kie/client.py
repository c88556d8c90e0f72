"""The one module that calls KIE. Foreign answers become ours here: data, or an error of kie.errors.

Sources: docs.kie.ai (getting started, market/quickstart, file-upload-api). Errors come as HTTP 200 with the error in the
body's `code`, or as HTTP statuses with the same body: the effective code is the status unless it is 200.
"""

import base64
import threading
import time
from typing import Any, NamedTuple

import requests
import stamina
import structlog
from django.conf import settings

from kie.errors import KieError, NoAnswer, NoCredits, NothingMade, Refused, Unread
from kie.record import storable
from reliability import cid, counts
from reliability.http import never_connected

log = structlog.get_logger()
TIMEOUT_S = (10, 20)  # to connect, and between bytes: 30 s in all
JUDGEMENTS = (
    "is required",
    "not within the range",
    "allowed options",
    "is invalid",
    "must be",
    "too long",
    "not supported",
)
FOLDER = "trt"  # of our uploads
NOTHING_MADE = {401, 402, 429, 433, 455, 550}
_local = threading.local()


def _session() -> requests.Session:
    """A session of the thread, for reads: kept connections, no proxies or .netrc of the machine."""
    if not hasattr(_local, "session"):
        _local.session = _fresh()
    return _local.session


def _fresh() -> requests.Session:
    """A session of its own, for what must not be repeated: a kept connection may be dead, and then nobody knows what arrived."""
    session = requests.Session()
    session.trust_env = False
    return session


def _send(method: str, url: str, *, session: requests.Session, **options: Any) -> tuple[int, dict[str, Any]]:
    """One request; the effective code and the body. Raises requests' errors; a body that is no envelope has code 0."""
    started = time.monotonic()
    headers = {"Authorization": f"Bearer {settings.KIE_API_KEY}", "X-Correlation-Id": cid.current()}
    try:
        answer = session.request(method, url, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, **options)
    except requests.RequestException as trouble:
        counts.mine.add("kie:none")
        log.warning("kie.no_answer", path=_path(url), why=type(trouble).__name__, took_ms=_ms_since(started))
        raise
    try:
        body = answer.json()
    except (requests.JSONDecodeError, RecursionError):  # no JSON, or nested to kill
        body = {}
    body = body if isinstance(body, dict) else {}
    code = answer.status_code if answer.status_code != 200 else body.get("code")
    code = code if isinstance(code, int) else 0
    counts.mine.add(f"kie:{code if 100 <= code < 600 else 'odd'}")
    log.info("kie.asked", path=_path(url), code=code, took_ms=_ms_since(started))
    return code, body


def _path(url: str) -> str:
    return url.partition("?")[0].split("/", 3)[-1]


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


def message(body: dict[str, Any]) -> str:
    """The words of an envelope; old pages spell the field `message`."""
    return storable(str(body.get("msg") or body.get("message") or "no message"))[:500]


def out_of_credits(code: int, words: str) -> bool:
    """402, or its words under another code (observed with 500)."""
    return code == 402 or "credits insufficient" in words.lower()


class Answer(NamedTuple):
    """What KIE said: the effective code, its words, `data` as it came."""

    code: int
    words: str
    data: Any


def create(path: str, payload: dict[str, Any]) -> str:
    """POST a new task and return its id. Never repeated here: a repeat would be a second paid task.

    Raises NothingMade (NoCredits) on proof that there is no task, Refused when KIE does not want this input, NoAnswer else.
    """
    try:
        with _fresh() as session:
            code, body = _send("POST", settings.KIE_API_URL + path, session=session, json=payload)
    except requests.ConnectionError as trouble:
        if never_connected(trouble):
            raise NothingMade(f"no connection: {type(trouble).__name__}") from trouble
        raise NoAnswer(f"connection lost: {type(trouble).__name__}") from trouble
    except requests.RequestException as trouble:
        raise NoAnswer(type(trouble).__name__) from trouble
    answer = Answer(code, message(body), body.get("data"))
    if code == 200 and isinstance(answer.data, dict) and answer.data.get("taskId"):
        return storable(str(answer.data["taskId"]))
    raise refusal(answer)


def refusal(answer: Answer) -> KieError:
    """What an answer to a create proves that names no task: NothingMade (NoCredits), Refused, or nothing, NoAnswer."""
    code, words = answer.code, answer.words
    if out_of_credits(code, words):
        return NoCredits(words, code=code)
    if code in NOTHING_MADE:
        return NothingMade(words, code=code)
    return (Refused if _no(code, words) else NoAnswer)(words, code=code)


def _no(code: int, words: str) -> bool:
    """Whether KIE does not want this input; its judgement of an input also comes as 500 (observed), told by its words."""
    judged = code == 500 and any(part in words.lower() for part in JUDGEMENTS)
    return (400 <= code < 500 and code != 408) or code in {501, 505} or judged


def read(path: str, **params: str) -> Any:
    """GET and return `data`, tried three times. Raises Unread when KIE cannot be read, Refused when it says no."""
    return _asked("GET", path, params=params)


def read_once(path: str) -> Any:
    """GET and return `data`; for who repeats at a pace of its own. Raises as `read`."""
    return _data("GET", path)


def ask(path: str, body: dict[str, Any]) -> Any:
    """POST a question that changes nothing and return `data`, tried three times. Raises as `read`."""
    return _asked("POST", path, json=body)


def fresh_link(url: str) -> str:
    """Another link to a file of KIE's, good for 20 minutes; the file lives no longer for it. Source: common-api/download-url.

    A repeat makes one more, harmlessly. Raises Unread, and Refused where KIE has no such file (any more).
    """
    link = _asked("POST", "/api/v1/common/download-url", json={"url": url})
    if not isinstance(link, str) or not link.startswith(("http://", "https://")):
        raise Unread(f"unexpected link {link!r}"[:200])
    return link


@stamina.retry(on=Unread, attempts=3, timeout=30, wait_initial=0.3, wait_max=3)
def _asked(method: str, path: str, **what: Any) -> Any:
    """What may be asked again without harm."""
    return _data(method, path, **what)


def _data(method: str, path: str, **what: Any) -> Any:
    answer = exchange(method, path, **what)
    if answer.code == 200:
        return answer.data
    if answer.code in {400, 401, 404, 422}:
        raise Refused(answer.words, code=answer.code)
    raise Unread(answer.words, code=answer.code)


def exchange(method: str, path: str, **what: Any) -> Answer:
    """Once what may be asked again without harm; the code is the caller's to judge. Raises Unread where nothing comes back."""
    try:
        code, body = _send(method, settings.KIE_API_URL + path, session=_session(), **what)
    except requests.RequestException as trouble:
        raise Unread(type(trouble).__name__) from trouble
    return Answer(code, message(body), body.get("data"))


def upload(content: bytes, *, name: str, mime: str) -> str:
    """Put a person's file where KIE can fetch it for a day, and return its URL. `name` must be unique: an equal one overwrites.

    A repeat makes a second copy, harmlessly. Raises Unread when the host is away, Refused when it does not take the file.
    """
    return _uploaded(
        "file-stream-upload", files={"file": (name, content, mime)}, data={"uploadPath": FOLDER, "fileName": name}
    )


def upload_as_text(content: bytes, *, name: str, mime: str) -> str:
    """The same as JSON, which is a third longer: KIE advises it up to 10 MB."""
    text = f"data:{mime};base64,{base64.b64encode(content).decode()}"
    return _uploaded("file-base64-upload", json={"base64Data": text, "uploadPath": FOLDER, "fileName": name})


def upload_from(url: str, *, name: str) -> str:
    """Let KIE's upload host fetch a public file itself (30 s, up to 100 MB), and return its own URL of it. Raises as `upload`."""
    return _uploaded("file-url-upload", json={"fileUrl": url, "uploadPath": FOLDER, "fileName": name})


def _uploaded(way: str, **what: Any) -> str:
    try:
        code, body = _send("POST", f"{settings.KIE_UPLOAD_URL}/api/{way}", session=_session(), **what)
    except requests.RequestException as trouble:
        raise Unread(f"upload: {type(trouble).__name__}") from trouble
    data = body.get("data")
    url = (data.get("downloadUrl") or data.get("fileUrl")) if isinstance(data, dict) else None
    if code == 200 and url:
        return str(url)
    if 400 <= code < 500 and code != 429:
        raise Refused(f"upload: {message(body)}", code=code)
    raise Unread(f"upload: {message(body)}", code=code)


def credits() -> float:
    """What is left on KIE's account, in credits. Raises KieError."""
    left = read("/api/v1/chat/credit")
    if not isinstance(left, int | float):
        raise KieError(f"unexpected credit {left!r}"[:200])
    return float(left)
