"""Words, by what they tell about a sentence or a title."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ACTION_VERBS = words("""
    answer apply arrange ask assemble attend backup bake bathe book borrow bring brush build buy call cancel change
    charge check choose clean clear close collect compare complete contact cook copy create cut decide declutter defrost
    deliver deposit design discuss do donate download draft draw drink drive drop dust eat edit email e-mail empty
    exercise explore extend feed file fill find finish fix fold follow get give go grab greet hang help hire host
    install invite invoice iron jog learn leave lend look mail make measure meditate meet mend message monitor mop move
    mow negotiate note open order organise organize outline pack paint park pay phone photograph pick plan plant play
    polish post practice practise prepare present print proofread publish purchase put read record recycle redo refactor
    refill register renew rent repair replace reply report request research reserve reset respond restart return review
    rewrite ring run save scan schedule sell send sew share shave ship shop shower sign sleep solve sort speak start
    stretch study submit subscribe sweep swim switch take talk tell test text thank throw tidy train transfer translate
    travel treat trim try turn unpack unsubscribe update upgrade upload vacuum visit volunteer vote wake walk wash watch
    water weed wipe work wrap write
""")
"""What a task to do often begins with."""

PREPOSITIONS = words("with between for about of to from against among regarding re in at on by")

TIMES = words("""
    today tomorrow tonight monday tuesday wednesday thursday friday saturday sunday noon midnight morning afternoon
    evening o'clock
""")

CANNOT_BEGIN_A_TITLE = (
    PREPOSITIONS
    | TIMES
    | words("""
    after before until till during because but or so if when while where which who whose than asap etc
    """)
)

SAID_TOGETHER = words("""
    salt+pepper mac+cheese macaroni+cheese fish+chips ham+cheese gin+tonic
    butter+jelly butter+jam peas+carrots oil+vinegar cookies+cream rock+roll rhythm+blues arts+crafts pros+cons
    terms+conditions research+development profit+loss health+safety questions+answers q+a r+d trial+error
    supply+demand track+field bed+breakfast lost+found black+white nuts+bolts pen+paper needle+thread mum+dad mom+dad
""")

ARTICLES = words("the a an my our your some this that those these")

PAST_TENSE = {
    "bought": "buy", "paid": "pay", "sent": "send", "wrote": "write", "written": "write", "got": "get",
    "gotten": "get", "made": "make", "took": "take", "taken": "take", "went": "go", "gone": "go", "did": "do",
    "done": "do", "read": "read", "met": "meet", "spoke": "speak", "told": "tell", "brought": "bring",
    "found": "find", "gave": "give", "ran": "run", "sold": "sell", "fed": "feed", "swept": "sweep",
    "built": "build", "drove": "drive", "rang": "ring", "put": "put", "cut": "cut", "swam": "swim", "hung": "hang",
    "taught": "teach", "won": "win", "ate": "eat", "drank": "drink", "drew": "draw", "chose": "choose",
    "had": "have", "left": "leave", "saw": "see", "sewed": "sew", "threw": "throw", "woke": "wake",
}  # fmt: skip
"""The irregular ones."""

NOT_DONE_BY_SAYING = words("""
    need needed wanted added asked tried loved liked hated missed wished used hoped planned started mentioned changed
    decided noticed wondered meant
""")
""" "I wanted milk" finishes nothing."""

NUMBERS = {
    word: n
    for series in (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty",
    )
    for n, word in enumerate(series.split(), start=1)
}
