"""What callers say: sentences of our own for a voice to speak, without numbers or names that a
transcript may write in two ways."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    "I would like to book a table for four people on Thursday evening a little after seven.",
    "Could you tell me whether the train to Manchester leaves from the second platform?",
    "My order arrived yesterday, but two of the glasses were broken and the lid is missing.",
    "Please send the invoice to my office and not to the address that you have on file.",
    "The doctor said that I should take one tablet in the morning and another before bed.",
    "We moved to a new house last summer, so the old telephone number is wrong now.",
    "Is there a later flight that still has a window seat for my daughter and me?",
    "The printer on the second floor has been making a strange noise since Monday afternoon.",
    "I paid the electricity bill twice by mistake and I want the second payment back.",
    "Turn left after the bridge, pass the church, and you will see our garden on the right.",
    "How long does it take until a new card reaches me if I lost the old one today?",
    "My friend keeps some dogs, a parrot, and a very old horse behind the barn.",
    "The meeting was moved from Tuesday morning to Friday at noon because of the holiday.",
    "Can you read me the last message again, a little slower than the first time?",
    "There is water under the kitchen sink and I do not know where to shut it off.",
    "She wants to change her password, but the letter with the code never came.",
    "We need some more chairs, a few long tables, and somebody who carries them upstairs.",
    "The blue jacket is too small for me, so I would rather have it in a larger size.",
    "What time does the museum open on Sunday, and how much is a ticket for a student?",
    "He told me that the bank closes at noon and that nobody answers after that.",
    "I am calling about the small apartment near the river that you advertised last week.",
    "Please remind me tomorrow morning to water the plants and to feed the cat.",
    "The road over the mountain is closed, so we had to drive around the whole lake.",
    "Do you have a quiet room with two beds from the beginning until the end of March?",
    "My bicycle was stolen in front of the library while I was returning some books.",
    "The second lesson was harder than the first, but the teacher explained it well.",
    "I forgot to write down the number of the parcel, what else can I tell you to find it?",
    "Put the soup back on the stove and stir it slowly until the cheese has melted.",
    "Our daughter starts school in September and still needs a place on the bus.",
    "The weather report promised sunshine, but it has been raining since early this morning.",
    "Would you please cancel my appointment on Wednesday and give me another one next month?",
    "The old lighthouse keeper lit the lamp every night for more than forty years.",
    "I cannot open the file that you sent me because my computer does not know it.",
    "A plumber, a painter, and two electricians worked in the basement until midnight.",
    "Which of these medicines may I take together with coffee and which may I not?",
    "They planted apple trees along the fence so that the children can climb them later.",
)
