"""The assistant that answers when no language model is set: plain English about a task list, understood by rules.

How a message becomes a step:

- reading: `utterance` (words), `notation`, `grammar` and `questions` (what sentences mean), `courtesy`, `spelling`,
  `clauses` (one request or several), `requests`, `references`, `places`, `titles` (their parts), `follow_up` (answers
  to our questions), `understanding` (all of it), which gives `intents`;
- thinking: `conversation` and `scene` (what is known), `matching` and `resolution` (which tasks are meant), `adding`,
  `changing`, `looking`, `undoing`, which make a `plan`;
- answering: `dialogue` (calls or an answer), `replies`, `ready_answers`, `markdown`; `model` is the way in;
- `effort` limits its CPU time.
"""
