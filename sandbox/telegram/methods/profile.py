"""Who the bot is: getMe, its commands by scope and language, its name and descriptions."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..errors import bad
from ..params import Params

if TYPE_CHECKING:
    from ..peer import Peer

MOST_COMMANDS = 100
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_SCOPES = (
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
)


async def get_me(peer: Peer, _p: Params) -> dict[str, Any]:
    """The bot."""
    return peer.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def set_my_commands(peer: Peer, p: Params) -> bool:
    """The menu for a scope and language; an empty list, or none, takes it away. Capital letters are refused."""
    commands = p.json("commands") or []
    if not isinstance(commands, list) or not all(isinstance(one, dict) for one in commands):
        raise bad("can't parse commands JSON array")
    if len(commands) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if not _COMMAND.fullmatch(str(one.get("command", "")).removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    kept = [{"command": one["command"].removeprefix("/"), "description": one["description"]} for one in commands]
    _keep(peer, "commands", _key(p), kept or None)
    return True


async def get_my_commands(peer: Peer, p: Params) -> list[dict[str, str]]:
    """Exactly those of the scope and language."""
    return list(peer.settings.get("commands", {}).get(_key(p), []))


async def delete_my_commands(peer: Peer, p: Params) -> bool:
    """Those of the scope and language go."""
    _keep(peer, "commands", _key(p), None)
    return True


def commands_for(peer: Peer, user: dict[str, Any]) -> list[dict[str, str]]:
    """What a person sees under «/»: the narrowest scope first, in each the own language before the general one.
    Source: core.telegram.org/bots/api#determining-list-of-commands."""
    kept = peer.settings.get("commands", {})
    for scope in (f"chat:{user['id']}", "all_private_chats", "default"):
        for language in (user["language_code"], ""):
            if found := kept.get(f"{scope}|{language}"):
                return list(found)
    return []


def _key(p: Params) -> str:
    scope = p.json("scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in _SCOPES:
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    where = f"chat:{scope.get('chat_id')}" if scope["type"] == "chat" else scope["type"]
    language = p.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad("invalid language code specified")
    return f"{where}|{language}"


def _keep(peer: Peer, name: str, key: str, value: Any) -> None:
    kept = {k: v for k, v in peer.settings.get(name, {}).items() if k != key}
    peer.settings.set(name, kept | ({key: value} if value else {}))


def _words(setting: str, field: str, longest: int) -> dict[str, Callable[[Peer, Params], Awaitable[Any]]]:
    """setMyX and getMyX: words by language; the ones without a language are for all others."""

    async def put(peer: Peer, p: Params) -> bool:
        if len(p.text(field)) > longest:
            raise bad(f"{field} is too long: at most {longest} characters")
        _keep(peer, setting, p.text("language_code"), p.text(field))
        return True

    async def get(peer: Peer, p: Params) -> dict[str, str]:
        kept = peer.settings.get(setting, {})
        own = peer.bot["first_name"] if field == "name" else ""
        return {field: kept.get(p.text("language_code")) or kept.get("") or own}

    return {"set": put, "get": get}


_NAME = _words("names", "name", 64)
_DESCRIPTION = _words("descriptions", "description", 512)
_SHORT = _words("short_descriptions", "short_description", 120)

METHODS = {
    "getMe": get_me,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _NAME["set"],
    "getMyName": _NAME["get"],
    "setMyDescription": _DESCRIPTION["set"],
    "getMyDescription": _DESCRIPTION["get"],
    "setMyShortDescription": _SHORT["set"],
    "getMyShortDescription": _SHORT["get"],
}
