"""What the rule-based mind answers to what: a table, read from the top, first match wins.

A pattern meets the whole of what was said, in lower case, without punctuation. Of several answers
the next is taken each time, so that nobody hears the same one twice in a row.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

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
    """A pattern and what is answered to it."""

    pattern: re.Pattern[str]
    answers: tuple[str, ...]


def _rule(pattern: str, *answers: str) -> SmallTalk:
    return SmallTalk(re.compile(pattern), answers)


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
    _rule(
        r"(sorry|i'm sorry|i am sorry|my bad|excuse me|pardon me)",
        "No problem at all.",
    ),
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
    _rule(
        r".*\bmeaning of life\b.*",
        "Forty-two, as far as anybody has computed.",
    ),
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
