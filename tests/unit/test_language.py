"""Whether a reply is in a language that the coach reads."""

import pytest

from graph import language

ENGLISH = "Lovely to meet you! What kind of coaching do you do, and who is it for?"
GERMAN = "Schön, dich kennenzulernen! Was für ein Coaching bietest du an, und für wen?"
NORWEGIAN = "Hyggelig å møte deg! Hva slags coaching driver du med, og hvem er det for?"
CHINESE = "很高兴认识你！你提供什么样的教练服务？是为谁准备的？请告诉我更多关于你的工作的信息吧。"


@pytest.mark.parametrize(
    ("text", "said", "locale", "fits"),
    [
        (ENGLISH, "I teach yoga to beginners", "en-GB", True),
        (GERMAN, "I teach yoga to beginners", "en-GB", False),
        (CHINESE, "I teach yoga to beginners", "en-GB", False),
        (GERMAN, "Ich unterrichte Yoga für Anfänger", "en-GB", True),
        (GERMAN, "Yoga", "de-DE", True),
        (ENGLISH, "Ich unterrichte Yoga für Anfänger", "de-DE", True),
        ("Perfekt 🎉", "I teach yoga to beginners", "en-GB", True),
        ("£12.99 🎉 https://zoe.kliq.app/store/abc", "hi", "en-GB", True),
        ("Vinyasa, Hatha, Ashtanga, Yin, Kundalini?", "yoga", "en-GB", True),
        (NORWEGIAN, "Jeg underviser i yoga for nybegynnere", "en-GB", True),
    ],
)  # fmt: skip
def test_a_reply_fits_where_the_coach_can_read_it(text: str, said: str, locale: str, fits: bool) -> None:
    assert language.fits(text, said=said, locale=locale) is fits
