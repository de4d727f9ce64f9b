"""What is said beside the tasks: greetings, thanks, questions about the assistant, yes and no."""

from taskchat.chat.offline.notation import Pattern, patterns
from taskchat.chat.offline.utterance import Utterance

_PARTS = {
    "you": "[there|assistant|taskchat|again|you|everyone|all|friend|bot|robot]*",
    "a": "[a|an|the|really|just|actually]*",
    "ai": "(bot|robot|chatbot|ai|human|person|real [person]|machine|computer|chatgpt|/gpt\\S*/|claude|gemini|llm|llama"
    "|[ai|language] model|assistant|program|script|alive|intelligent|offline|online|openai)",
    "work_with": "(add|create|make|delete|remove|complete|mark|finish|rename|change|edit|reopen|see|show|list|clear)",
}

_TOPICS = {
    "greeting": """
    (hi|hello|hey|hiya|howdy|yo|greetings|good (morning|afternoon|evening|day)|morning|evening) {you}
    [hi|hello] nice to meet you
    ((hi|hello|hey) i am|[hi|hello|hey] my name is) /\\S+/ [/\\S+/]
    ([is] (anyone|anybody|someone) there|are you there|test|testing|ping)
    """,
    "how_are_you": """
    [hi|hello|hey] (how (are|do) you [do|doing|feel]|how is it going|how are things|what is up|sup
        |are you (ok|well)) [today]
    """,
    "thanks": """
    [ok|okay|great|perfect|many|nice|cool]* (thanks|thank you|cheers|ta|ty|[much] appreciated)
        [a lot|so much|very much|a million|again|for (that|your help|the help|everything)|you|mate|buddy|bot]*
    """,
    "goodbye": """
    [ok|okay|thanks|thank you|well]* (bye [bye]|goodbye|good bye|good night|goodnight|see (you|ya)|cya|farewell|ciao
        |take care|later|have a (nice|good|great) (day|one|evening|weekend|night)|talk to you)
        [later|soon|then|tomorrow|for now|now|around|bye]* {you}
    [i|i have] [got|have|need|must] [to] (go|run|leave) [now]
    (that is (all|it) [for (now|today)]|exit|quit|i am (off|leaving|going) [now]|that will be all|nothing else)
    i am done for (now|today|the day)
    """,
    "praise": """
    [that is|this is|you are|so|very|really|pretty|wow|how|quite]* (great|cool|nice|perfect|awesome|amazing|wonderful
        |excellent|fantastic|brilliant|lovely|super|sweet|helpful|useful|wow|good|clever|smart|impressive|neat|fun
        |(good|great|nice) (job|work|bot)|(well|nicely) done|the best|i (like|love) (it|you|this)|[it] works)
    (/(ha){2,}/|lol)
    """,
    "fine": """
    (ok|okay|k|alright|all right|fine|got it|i see|understood|right|makes sense|/hm+/|ah|oh|aha|i know) [then|thanks]
    """,
    "sorry": """
    [i am|so|very|oh]* (sorry|oops|whoops|my (bad|mistake)|apologies) [about that]
    [oops|sorry|no]* [that (is|was)|not] [the] wrong (one|task)
    """,
    "who": """
    [so|and] (who|what) are you [exactly|really|again]
    (who is (this|there)|who am i (talking|speaking|chatting) (to|with))
    what is (this [app|thing|place]|your name|taskchat|the offline assistant)
    (your name|do you have a name|introduce yourself|tell me about yourself|about [you])
    are you {a} {ai} [or [/\\S+/]*]
    (which|what) [ai|language|llm|gpt]* (model|llm|ai|version|gpt) (are you|do you use|is (this|that)|are you using)
    (do|are) you (use|using|need|have|running|powered by) {a} (internet|openai|{ai})
    (how do you work|who (made|built|created) you|are you connected to the internet)
    why are you [so] (offline|limited|dumb|stupid)
    (how (do|can) i|where do i|can i) (use|get|set|add|enter|connect|configure|set up)
        [a|an|the|my|real|better|openai|api|language]* (model|ai|key|openai_api_key|llm|chatgpt|gpt)
    """,
    "help": """
    [please] (help [me]|i need [some] help|(can|could) you help [me]|command|commands|instructions|manual|usage
        |options|menu|examples|start|getting started|tutorial) [please]
    what [else] (can|could|do|will) you (do|understand|know|offer|help [me] with) [for me|else]
    what are you (able to do|capable of) [for me]
    what [else] (can|could|should|do|may) i (say|ask|type|write|tell you|do (here|with (this|you))) [here|to you|you]
    (how (does|do) (this|it|that|taskchat|the app|things) work|how (to|do i) (use (this|it|you)|start))
    how (do|can|could|would|should) i {work_with} [/\\S+/]*
    (what now|now what|what is possible|what are (your|the) (commands|options|features|abilities))
    i do not (know|understand) [what to (do|say)]
    """,
}

_YES = """
    [oh|ok|okay|well]* (yes|yeah|yep|yup|ya|yea|y|sure|of course|certainly|definitely|absolutely|indeed|aye|ok|okay
        |right|correct|exactly|affirmative|please [do]|do (it|that)|go (ahead|for it|on)|confirm|confirmed
        |i (am sure|do|confirm|agree)|that one|that is (the one|it|right)|sounds good|why not|proceed|all of it
        |add (it|them) [anyway|again|twice|too])
        [yes|yeah|please|sure|do|do (it|that|so)|go ahead|thanks|thank you|of course|i am [sure]
        |add (it|them) [anyway|again|twice]
        |(delete|remove|clear) (it|them|all|everything|all of them|them all|(my|the) list)
        |that is right|anyway|them|that one|correct]*
"""
_NO = """
    [oh|ok|well|actually]* (no|nope|nah|n|no way|not (now|really|that [one])|(better|rather) not|do not|stop
        |cancel [it|that]|abort|never|never mind|nevermind|forget (it|about it|that)
        |leave (it|them) [be|alone|as it is]|keep (it|them) [all]|keep everything
        |none|neither|(none|neither) of (them|these)|[that is] wrong|wait|hold on|on second thought
        |do not do (it|that)|please do not|i do not|i [have] changed my mind)
        [no|nope|thanks|thank you|please|(better|rather) not|do not [do (it|that)]|stop|cancel|not now|never mind
        |forget it|keep (it|them)|leave (it|them)|wait|i changed my mind|i do not|not yet|neither|none|wrong
        |of (them|these)|sorry]*
"""


def _compiled(notation: str) -> list[Pattern]:
    return patterns(notation, _PARTS)


_PATTERNS = [(topic, pattern) for topic, notation in _TOPICS.items() for pattern in _compiled(notation)]
_ANSWERS = [(is_yes, pattern) for is_yes, notation in ((True, _YES), (False, _NO)) for pattern in _compiled(notation)]


def topic_of(spoken: Utterance) -> str | None:
    """What a remark is about that is about nothing on the list."""
    return next((topic for topic, pattern in _PATTERNS if pattern.match(spoken) is not None), None)


def answer_of(spoken: Utterance) -> bool | None:
    """Yes or no, if it is one of them."""
    return next((is_yes for is_yes, pattern in _ANSWERS if pattern.match(spoken) is not None), None)
