"""The embedded mind: rules for small talk, time and arithmetic. It needs nothing."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from random import Random
from typing import Final

import attrs

from actors.stages.language.sentences import plain
from actors.stages.messages import Item, Snapshot
from actors.stages.minds.arithmetic import NoNumberError, find_sum, say
from actors.stages.protocols import InThread

SELF: Final = (
    "I am Callboard's built-in assistant, and I am rule-based: a list of patterns, not a language "
    "model."
)
ABILITIES: Final = (
    "I can tell you the time and the date, do arithmetic, remember your name, spell a word, flip a "
    "coin, and repeat what you say. You can interrupt me at any time."
)


@attrs.frozen
class SmallTalk:
    """A pattern for the whole of what was said, as `plain` gives it, and the answers to it.

    Of several answers the next is taken each time: nobody hears one twice in a row.
    """

    pattern: re.Pattern[str]
    answers: tuple[str, ...]


def _rule(pattern: str, *answers: str) -> SmallTalk:
    return SmallTalk(re.compile(pattern), answers)


# Read from the top: the first match wins.
SMALL_TALK: Final = (
    _rule(
        r"(hi|hello|hey|good (morning|afternoon|evening|day)|greetings|howdy)\b"
        r"( (there|callboard|assistant|everyone|everybody|again|you|to you))*",
        "Hello! What can I do for you?",
        "Hello again! What would you like to know?",
    ),
    _rule(
        r".*\b(how are you|how are you doing|how do you do|how is it going|how's it going|"
        r"what's up)\b.*",
        "I'm fine, thank you. How are you?",
        "Still fine, thank you for asking.",
    ),
    _rule(
        r".*\b(who are you|what are you|are you (a |an )?(robot|human|real|person|machine|"
        r"computer|bot|ai|language model|rule based|chat ?gpt)|how do you work|"
        r"tell me about yourself|introduce yourself)\b.*",
        f"{SELF} Everything I do happens on this machine.",
    ),
    _rule(
        r".*\b(what can you do|what do you (do|know)|can you help|help me|how can you help|"
        r"what should i (say|ask)|what can i (say|ask))\b.*|help",
        f"{ABILITIES} I am rule-based, so for anything else you will want a real language model.",
    ),
    _rule(
        r".*\b(what's|what is|tell me|do you have) (your|a) name\b.*",
        "I don't have a name of my own. You can call me Callboard.",
    ),
    _rule(
        r".*\b(can you hear me|are you (still )?there|do you hear me|is this thing on|"
        r"testing|mic(rophone)? (check|test)|can you understand me)\b.*",
        "Yes, I can hear you well.",
    ),
    _rule(
        r"(ok |okay |great |well )*(thank you|thanks|thank you (so|very) much|thanks a lot|"
        r"cheers|i appreciate it)\b.*",
        "You're welcome.",
        "My pleasure.",
    ),
    _rule(
        r"(i'm|i am|i'm doing|doing|very|pretty|fine|good|great|well|okay|not bad|"
        r"all right|thanks?|thank you|too|and|you|also|,| )+",
        "Good to hear. What would you like to know?",
    ),
    _rule(
        r"(ok |okay |well |thanks |thank you )*(goodbye|good bye|bye|bye bye|see you|good night|"
        r"farewell|talk to you later|see you later|that's all|that is all)\b.*",
        "Goodbye! It was nice talking with you.",
    ),
    _rule(
        r"(please )?(stop|stop it|stop talking|be quiet|quiet|never mind|nevermind|forget it|"
        r"cancel|wait|hold on|shut up|enough|hang on)( please| now| a (minute|second|moment))*",
        "All right. I'm listening.",
        "Okay.",
    ),
    _rule(r"(sorry|i'm sorry|i am sorry|my bad|excuse me|pardon me)", "No problem at all."),
    _rule(
        r".*\b(tell|know|make|another)\b.*\bjokes?\b.*|.*\bmake me laugh\b.*|another( one)?",
        "Why did the actor fall through the floor? It was just a stage he was going through.",
        "I would tell you a joke about latency, but by the time you got it, it would be stale.",
        "There are ten kinds of people: those who understand binary, and those who don't.",
    ),
    _rule(
        r".*\b(weather|temperature|forecast|raining|going to rain|sunny)\b.*",
        "I can't look outside or anything up: I run on this machine alone. A window knows better.",
    ),
    _rule(
        r".*\b(where are you|where do you live|where am i)\b.*",
        "I live in a process on this machine, and nowhere else. Nothing you say leaves it.",
    ),
    _rule(
        r".*\b(how old are you|when were you (born|made)|your birthday|who (made|built|created) "
        r"you)\b.*",
        "I was started together with this call, so I am a few minutes old at most.",
    ),
    _rule(
        r".*\b(i love you|i like you|you are (great|nice|funny|smart|awesome|amazing|cool)|"
        r"you're (great|nice|funny|smart|awesome|amazing|cool)|well done|good job|very good|"
        r"nice work|wonderful|awesome|amazing)\b.*",
        "Thank you, that is kind of you.",
    ),
    _rule(
        r".*\b(you are|you're) (stupid|dumb|bad|useless|slow|wrong|annoying|terrible)\b.*",
        "I'm sorry. I am only a list of rules; a language model in my place would do better.",
    ),
    _rule(r".*\bmeaning of life\b.*", "Forty-two, as far as anybody has computed."),
    _rule(
        r"(yes|yeah|yep|sure|okay|ok|right|of course|please do|yes please|all right|alright)",
        "Good. What would you like to know?",
        "All right.",
    ),
    _rule(
        r"(no|nope|no thanks|no thank you|not really|nothing)",
        "Okay. I'm here if you need me.",
    ),
)


_NAME = re.compile(r"\b(?i:my name is|my name's|call me|i am called|i'm called)\s+([A-Z][\w'-]*)")
_REPEAT = re.compile(r"^(?:please |can you |could you )*(?:repeat after me|say|repeat)[,:]? (.+)$")
_SPELL = re.compile(r"\bspell (?:the word )?([a-z'-]+)$")
_COUNT = re.compile(r"\bcount (?:up )?(?:from (?:one|1) )?to (\w+)\b")
_QUESTION = re.compile(
    r"^(?:who|what|what's|when|where|why|how|which|whose|is|are|do|does|did|can|could|would|will|"
    r"should|have|has|tell me)\b"
)
_DATE = re.compile(r"\b(?:what|which) (?:day|month)\b|\b(?:today's|the) date\b|\bwhat's today\b")
_MOST = 20
"""How far it counts aloud."""


@attrs.frozen
class RuleMind:
    """Answers ordinary questions in English without a model, the same way on every machine.

    Attributes:
        clock: returns the local time.
    """

    clock: Callable[[], datetime] = attrs.field(default=datetime.now, repr=False)
    language: str = "en"
    """BCP-47 tag; the rules know no other language."""

    async def warm(self, in_thread: InThread) -> None:
        """Nothing to load."""

    async def reply(self, conversation: Snapshot, in_thread: InThread) -> AsyncGenerator[str, None]:
        """Give the whole reply at once; none where nothing was said."""
        said, before = _last_said(conversation.items)
        if plain(said):
            yield self.answer(said, before, conversation.turn)

    def answer(self, said: str, before: tuple[Item, ...] = (), turn: int = 0) -> str:
        """Return the reply to `said` after the items `before`."""
        for rule in (_sum, _names, self._time, _chance, _words):
            answer = rule(said, before, turn)
            if answer:
                return answer
        return _small_talk(said, before) or _echo(said, before)

    def _time(self, said: str, before: tuple[Item, ...], turn: int) -> str | None:
        words, now = plain(said), self.clock()
        if re.search(r"\b(what time|the time|what's the time|time is it)\b", words):
            return f"It is {now.hour % 12 or 12}:{now:%M} {'a.m.' if now.hour < 12 else 'p.m.'}"
        if re.search(r"\bwhat year\b|\bwhich year\b", words):
            return f"It is the year {now.year}."
        if _DATE.search(words):
            return f"Today is {now:%A}, {now:%B} {now.day}, {now.year}."
        return None


def _last_said(items: tuple[Item, ...]) -> tuple[str, tuple[Item, ...]]:
    """Join what the person said since the agent was last heard; return what came before, too."""
    start = len(items)
    while start and items[start - 1].role == "user":
        start -= 1
    return " ".join(item.text for item in items[start:]).strip(), items[:start]


def _sum(said: str, before: tuple[Item, ...], turn: int) -> str | None:
    try:
        found = find_sum(said)
    except NoNumberError as error:
        return str(error)
    return f"{found.text} is {say(found.result)}." if found else None


def _names(said: str, before: tuple[Item, ...], turn: int) -> str | None:
    if introduced := _NAME.search(said):
        return f"Nice to meet you, {introduced[1]}."
    words = plain(said)
    if re.search(r"\bmy name\b", words):
        for item in reversed(before):
            if item.role == "user" and (introduced := _NAME.search(item.text)):
                return f"Your name is {introduced[1]}."
        return "You have not told me your name yet."
    return None


def _chance(said: str, before: tuple[Item, ...], turn: int) -> str | None:
    """Coins and dice; the turn is the seed, so a recorded call can be replayed."""
    words, random = plain(said), Random(turn)
    if re.search(r"\b(flip|toss)\b.*\bcoin\b|heads or tails", words):
        return f"It's {random.choice(('heads', 'tails'))}."
    if re.search(r"\b(roll|throw)\b.*\b(die|dice)\b", words):
        return f"You rolled a {random.randint(1, 6)}."
    return None


def _words(said: str, before: tuple[Item, ...], turn: int) -> str | None:
    words = plain(said)
    if re.search(r"\bwhat did i (just )?say\b", words):
        last = next((item.text for item in reversed(before) if item.role == "user"), None)
        return f"You said: {last}" if last else "You have not said anything before that."
    if re.search(r"\b(what did you (just )?say|say (that|it) again|repeat that|pardon)\b", words):
        last = next((item.text for item in reversed(before) if item.role == "agent"), None)
        return last or "I have not said anything yet."
    if repeat := _REPEAT.match(words):
        return f"{repeat[1].capitalize()}."
    if spell := _SPELL.search(words):
        return f"{spell[1].capitalize()} is spelled {', '.join(spell[1].upper())}."
    if count := _COUNT.search(words):
        return _counted(count[1])
    return None


def _counted(last: str) -> str | None:
    found = find_sum(f"0 plus {last}")
    if found is None or found.result < 1:
        return None
    most = min(int(found.result), _MOST)
    more = f" And so on, up to {say(found.result)}." if found.result > most else ""
    return ", ".join(map(str, range(1, most + 1))) + "." + more


def _small_talk(said: str, before: tuple[Item, ...]) -> str | None:
    words = plain(said)
    spoken = [item.text for item in before if item.role == "agent"]
    for rule in SMALL_TALK:
        if rule.pattern.fullmatch(words):
            fresh = [answer for answer in rule.answers if answer not in spoken[-4:]]
            return (fresh or rule.answers)[0]
    return None


def _echo(said: str, before: tuple[Item, ...]) -> str:
    """Repeat what was heard, and tell once, and after that shortly, why there is no more to it."""
    heard = said if said.endswith((".", "!", "?")) else f"{said.rstrip(' ,;:-')}."
    told = any(SELF in item.text for item in before if item.role == "agent")
    if _QUESTION.match(plain(said)):
        why = "I am only rule-based." if told else f"{SELF} {ABILITIES}"
        return f"You asked: {heard} That I don't know. {why}"
    why = "" if told else f" {SELF} {ABILITIES}"
    return f"You said: {heard}{why}"
