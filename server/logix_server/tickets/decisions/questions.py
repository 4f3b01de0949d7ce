"""PRI-1 to PRI-7 as questions in plain words: what a customer is asked to find a ticket's level. Pure.

The answers are the terms' own columns, said to whoever has the trouble; the level of an answer is its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from logix_common.findings import N_


@dataclass(frozen=True)
class Question:
    """One row of the terms. Texts are msgids of the server's catalogue; answers go from mild to grave."""

    row: str
    text: str
    answers: Mapping[int, str]  # level -> what is answered


QUESTIONS: Final = (
    Question(
        "PRI-1",
        N_("Did a rule or a setting that somebody changed cause it?"),
        {
            3: N_("Yes, some users cannot do some things."),
            2: N_("Yes, most users are affected."),
            1: N_("Yes, the system is blocked and users cannot work."),
        },
    ),
    Question(
        "PRI-2",
        N_("How do the network and the internet connection work?"),
        {
            3: N_("The local network or the internet does not work properly, and nobody knows why."),
            2: N_("The product interrupts the connection from time to time."),
            1: N_("The product has cut off the connection entirely."),
        },
    ),
    Question(
        "PRI-3",
        N_("How does the product itself work, its applications and its system?"),
        {
            3: N_("It works, but not quite as it should."),
            2: N_("Some of its features do not work."),
            1: N_("It does not work, or it has stopped."),
        },
    ),
    Question(
        "PRI-4",
        N_("Is there a fault in the hardware?"),
        {
            3: N_("Yes, it causes trouble from time to time."),
            2: N_("Yes, it causes trouble and a part has to be replaced."),
            1: N_("Yes, the system has stopped; a part or the whole product has to be replaced."),
        },
    ),
    Question(
        "PRI-5",
        N_("How many users and services are affected?"),
        {
            3: N_("Few users; services can be given."),
            2: N_("About half of the users; services have slowed down."),
            1: N_("Most users; services are about to stop."),
        },
    ),
    Question(
        "PRI-6",
        N_("How does the work go on at your place?"),
        {
            3: N_("Work goes on in general; some of it is troubled."),
            2: N_("Most of the work is held up."),
            1: N_("Most of the work has stopped."),
        },
    ),
    Question(
        "PRI-7",
        N_("Does it hurt your reputation, or has it caused a loss of money?"),
        {
            3: N_("It hurts the reputation slightly; nothing has been lost yet."),
            2: N_("The reputation suffers, and there is some loss."),
            1: N_("The reputation suffers greatly, and there is damage."),
        },
    ),
)
