"""What real sellers and old exports do to a text."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from random import Random

Mess = Callable[[str, Random], str]
"""Makes a clean text messy."""

_ADS = (
    "Best price!!",
    "FREE delivery",
    "*** SALE ***",
    "50% OFF today only",
    "NEW!!!",
    "Hot deal -",
    "L@@K",
    "100% original",
)
_EMOJI = ("🔥", "✨", "🎁", "💯", "😍", "🚚", "⭐⭐⭐⭐⭐", "👉", "❤️")
_SHORT = {
    "with": "w/",
    "and": "&",
    "size": "sz",
    "black": "blk",
    "white": "wht",
    "leather": "lthr",
    "stainless": "stnls",
    "pieces": "pcs",
    "brand new": "bnew",
    "women": "wmn",
    "cotton": "cttn",
    "for": "4",
}


def clean(text: str, _rng: Random) -> str:
    """Nothing: the text stays as it is."""
    return text


def advertised(text: str, rng: Random) -> str:
    """Advertising around the text."""
    before, after = rng.sample(_ADS, 2)
    return rng.choice((f"{before} {text}", f"{text} {after}", f"{before} {text} - {after}"))


def shouted(text: str, _rng: Random) -> str:
    """ALL CAPS."""
    return text.upper()


def decorated(text: str, rng: Random) -> str:
    """Emoji around the text."""
    first, second = rng.sample(_EMOJI, 2)
    return f"{first} {text} {second * rng.randint(1, 3)}"


def misspelt(text: str, rng: Random) -> str:
    """A slip of the finger in one to three longer words."""
    words = text.split(" ")
    long = [position for position, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    for position in rng.sample(long, min(len(long), rng.randint(1, 3))):
        words[position] = _slip(words[position], rng)
    return " ".join(words)


def abbreviated(text: str, _rng: Random) -> str:
    """Words cut short."""
    for word, short in _SHORT.items():
        text = re.sub(rf"\b{word}\b", short, text, flags=re.IGNORECASE)
    return text


def escaped(text: str, rng: Random) -> str:
    """HTML entities, some of them escaped twice."""
    first, _, rest = html.escape(text.replace(" and ", " & ")).partition(" ")
    text = f"{first}&reg; {rest}".replace(", ", ",&nbsp;").replace("é", "&eacute;")
    return text.replace("&", "&amp;") if rng.random() < 0.3 else text


def tagged(text: str, rng: Random) -> str:
    """HTML tags around sentences."""
    first, *others = re.split(r"(?<=[.!]) ", text)
    body = "".join(f"<li>{line}</li>" for line in others)
    style = rng.choice(("", ' style="color:#c00"', ' class="desc"'))
    return f"<p{style}><b>{first}</b></p><br/><ul>{body}</ul>"


def broken_lines(text: str, rng: Random) -> str:
    """Line breaks, tabs and bullets in place of spaces."""
    mark = rng.choice(("\r\n", "\n\n", "\r", "\n\t- ", "\n• "))
    return re.sub(r"(?<=[.!,]) ", mark, text)


def misdecoded(text: str, _rng: Random) -> str:
    """UTF-8 that was read as cp1252."""
    quoted = f"“{text.rstrip('.')}” – it’s new"
    return quoted.encode().decode("cp1252", errors="replace")


def spaced(text: str, rng: Random) -> str:
    """Odd punctuation and blanks."""
    mark = rng.choice((" | ", " / ", "  ", " ~ ", "-"))
    return f"  {mark.join(text.split(' '))} ."


def _slip(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )
