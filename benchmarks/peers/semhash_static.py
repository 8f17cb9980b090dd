"""Peer: semhash with its default index. Its default model lies on a hub; the static vectors of a wheel stand in.

The default model's tokenizer folds case and white space and the stand-in's does not, so the texts are folded first.
"""

from pathlib import Path

import wordllama
from common import Groups, arguments, texts
from semhash import SemHash

options = arguments()
rows = texts(options.files)


class Encoder:
    """WordLlama's 256 dimensions behind semhash's protocol."""

    def __init__(self) -> None:
        """Read the vectors that came with the wheel."""
        self.model = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)

    def encode(self, inputs, **_):
        """Vectors of some texts."""
        return self.model.embed([" ".join(text.lower().split()) for text in inputs])


records = [{"row": str(i), "text": text} for i, text in enumerate(rows)]
hashed = SemHash.from_records(records=records, columns=["text"], model=Encoder())
groups = Groups(len(rows))
for found in hashed.self_deduplicate(threshold=options.threshold).filtered:
    groups.join(int(found.record["row"]), int(found.duplicate_of["row"]))
groups.write(options.output)
