"""The terminal's pure parts: what a line means, what is shown of a text, what frames change."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.chat.screen import Screen
from api.chat.talk import Talk
from api.chat.words import excerpt, in_lines, progress_line, read_line, visible, whole_blocks

BUTTONS = [{"label": "Yes", "action": "yes"}, {"label": "No", "action": "no"}]


@pytest.mark.parametrize("line", ["2", " 2 ", "2.", "2)"])
def test_a_number_presses_its_button(line: str) -> None:
    assert read_line(line, BUTTONS).button == BUTTONS[1]


@pytest.mark.parametrize("line", ["0", "3", "15", "2 pounds", "-1", "²", "£2", "1.5"])
def test_what_is_no_button_is_said(line: str) -> None:
    assert read_line(line, BUTTONS) == read_line(f"/say {line}", BUTTONS)
    assert read_line(line, BUTTONS).text == line


def test_a_number_can_be_said() -> None:
    said = read_line("/say 2", BUTTONS)
    assert (said.kind, said.text) == ("say", "2")


def test_a_slash_begins_a_command_only_before_a_letter() -> None:
    assert read_line("/history 5", []).kind == "command"
    assert read_line("/ 5", []).kind == "say"
    assert read_line("1/2", []).kind == "say"


def test_an_empty_line_is_an_empty_message() -> None:
    assert (read_line("\n", BUTTONS).kind, read_line("\n", BUTTONS).text) == ("say", "")


@given(st.text(st.sampled_from("ab \n`"), max_size=80), st.integers(0, 80))
def test_blocks_that_are_whole_stay_as_they_are(text: str, cut: int) -> None:
    head, _ = whole_blocks(text[:cut])
    assert text.startswith(head)
    later, _ = whole_blocks(text)
    assert later.startswith(head)


def test_a_fence_is_not_cut_in_two() -> None:
    assert whole_blocks("one\n\n```\na\n\nb") == ("one", "```\na\n\nb")


def test_an_excerpt_keeps_lines_and_says_that_there_is_more() -> None:
    assert excerpt("a b\nc d e", 3) == "a b\nc …"
    assert excerpt("a b\nc", 3) == "a b\nc"


def test_the_progress_is_one_line() -> None:
    progress = {
        "phase": "pricing",
        "progressPct": 50,
        "scorecard": {"profile_photo": True, "store_shared": False},
        "skipped": ["social_connect"],
    }
    assert progress_line(progress, 4) == "██░░ 50% · pricing · ✓ profile photo · skipped: social connect"


# Frames ---------------------------------------------------------------------------------------------------------------


class Listener:
    """A talk before a screen that can be read."""

    def __init__(self, *, terminal: bool = False) -> None:
        self.paper = io.StringIO()
        console = Console(file=self.paper, force_terminal=terminal, width=80, highlight=False, no_color=True)
        self.talk = Talk(Screen(console))

    def hear(self, kind: str, payload: dict[str, Any], **frame: Any) -> None:
        self.talk.hear({"type": kind, "payload": payload, "messageId": "m", **frame})

    def ready(self, last_seq: int = 0, pending: dict[str, Any] | None = None) -> None:
        about = {"phase": "discovery", "progressPct": 0, "scorecard": {}, "skipped": []}
        self.hear("session_ready", {"lastSeq": last_seq, "pending": pending, **about})

    def avery(self, message_id: str, content: str, reply_to: str | None = None, **more: Any) -> None:
        payload = {"id": message_id, "role": "avery", "content": content, **more}
        self.hear("avery_message", payload, inReplyTo=reply_to, seq=more.pop("seq", 1))

    def typing(self, is_typing: bool, reply_to: str | None = None) -> None:
        self.hear("avery_typing", {"isTyping": is_typing}, inReplyTo=reply_to)

    @property
    def text(self) -> str:
        return self.paper.getvalue()


def test_a_newcomer_waits_for_the_greeting() -> None:
    listener = Listener()
    listener.ready()
    assert not listener.talk.idle.is_set()
    listener.typing(True)
    listener.avery("1", "Hey!", buttons=BUTTONS)
    listener.typing(False)
    assert listener.talk.idle.is_set()
    assert listener.text == "Avery: Hey!\n  1) Yes\n  2) No\n"


def test_an_answer_is_complete_when_its_own_turn_ends() -> None:
    listener = Listener()
    listener.ready()
    listener.typing(False)
    listener.talk.wait_for("a")
    listener.talk.wait_for("b")
    listener.typing(True, "a")
    listener.avery("1", "one", "a")
    listener.typing(False, "a")
    assert not listener.talk.idle.is_set()
    listener.avery("2", "two", "b")
    listener.typing(False, "b")
    assert listener.talk.idle.is_set()


def test_an_answer_of_another_process_has_no_typing_and_is_still_complete() -> None:
    listener = Listener()
    listener.ready()
    listener.typing(False)
    listener.talk.wait_for("a")
    listener.avery("1", "one", "a")
    listener.hear("progress_update", {"phase": "discovery", "progressPct": 0, "scorecard": {}})
    assert listener.talk.idle.is_set()


def test_what_was_answered_while_we_were_away_is_not_waited_for() -> None:
    listener = Listener()
    listener.ready()
    listener.typing(False)
    listener.talk.wait_for("a")
    listener.ready(last_seq=3)
    assert listener.talk.idle.is_set()


def test_a_refused_message_is_not_waited_for() -> None:
    listener = Listener()
    listener.ready()
    listener.typing(False)
    listener.talk.wait_for("m")
    listener.hear("error", {"code": "too_long", "message": "Too long.", "retryable": False})
    assert listener.talk.idle.is_set()


def test_only_the_last_turns_buttons_are_on_offer() -> None:
    listener = Listener()
    listener.ready()
    listener.avery("1", "a", None, buttons=BUTTONS)
    listener.avery("2", "b", "x", buttons=BUTTONS[:1])
    listener.avery("3", "c", "x", buttons=BUTTONS[1:])
    assert listener.talk.buttons == BUTTONS
    assert "  2) No" in listener.text
    listener.hear("avery_message", {"id": "4", "role": "coach", "content": "from another tab"}, seq=4)
    assert listener.talk.buttons == []


def test_a_drawn_reply_is_not_said_twice() -> None:
    listener = Listener(terminal=True)
    listener.talk.drawing = True
    for index, piece in enumerate(["First.", "\n\nSec", "ond."]):
        listener.hear("avery_stream_chunk", {"text": piece, "index": index}, messageId="1")
    listener.avery("1", "First.\n\nSecond.", None)
    assert (listener.text.count("First."), listener.text.count("Second.")) == (1, 1)


def test_a_reply_that_was_begun_anew_is_said_as_a_whole() -> None:
    listener = Listener(terminal=True)
    listener.talk.drawing = True
    listener.hear("avery_stream_chunk", {"text": "Wrong.\n\nAnd", "index": 0}, messageId="1")
    listener.hear("avery_stream_chunk", {"text": "Right", "index": 0, "replace": True}, messageId="1")
    listener.hear("avery_stream_chunk", {"text": "Right", "index": 0}, messageId="1")
    listener.avery("1", "Right.", None)
    assert listener.text.count("Right.") == 1


def test_an_address_is_never_broken_into_lines() -> None:
    listener = Listener(terminal=True)
    url = "http://127.0.0.1:8000/api/social/instagram/authorize?start=" + "x" * 200
    listener.hear("trigger_oauth", {"platform": "instagram", "url": url})
    assert url in listener.text.replace("\x1b", "")


def test_a_terminal_obeys_nothing_that_stands_in_a_text() -> None:
    assert visible("a\x1b]0;title\x07b\x9b31m\r\n\tc 🎉") == "a]0;titleb31m\n\tc 🎉"


def test_buttons_stand_in_rows_and_none_is_broken() -> None:
    assert in_lines(["1 aaaa", "2 bb", "3 " + "c" * 30, "4 🎉🎉"], 16) == [
        ["1 aaaa", "2 bb"],
        ["3 " + "c" * 30],
        ["4 🎉🎉"],
    ]
    assert in_lines([], 16) == []
