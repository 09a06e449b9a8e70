"""A question whose yes counts: in which language it is put, and a mark of exactly what was shown with it."""

from __future__ import annotations

import hashlib

from dialogs.conversation import Conversation
from dialogs.say import Say, said_in


def asked(conversation: Conversation, question: Say, *shown: object) -> tuple[str, str]:
    """The mark (16 hexadecimal signs of a SHA-256) and the code of the language.

    The mark identifies the sentences of the question as this person reads them, and whatever else was `shown`: who would
    read, which words, which content. A yes under another mark is a yes to something else.
    """
    spoken = said_in(question, conversation.language, conversation.second)
    words = (*(spoken.say(part) for part in question.parts), *(str(one) for one in shown))
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16], spoken.code
