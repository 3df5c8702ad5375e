"""Texts -> unit vectors -> groups: TF-IDF of words and of character n-grams, HDBSCAN, and a check that groups hold.

The same texts in the same order give the same groups. Knows no store and no labels.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

MOST_TEXTS = 2_000
"""The likeness of all pairs is looked at: 32 MB. Of more texts the first so many make groups; the rest joins them."""
_JOIN = 0.12
"""Cosine of two groups' centres from which they are one. HDBSCAN splits off near-copies, and people word one thing in
many ways: those lie at 0.1 to 0.5, different things at 0 to 0.11 (wording.py of the tests)."""
_HOLD = 0.2
"""Mean cosine of a text to the others that HDBSCAN puts with it; below, it is there by chance: 0.06 to 0.2 among texts
that have nothing in common, 0.3 and more among those that have."""
_MOST_FEATURES = 50_000


class Group(NamedTuple):
    places: tuple[int, ...]
    """Of its texts, ascending."""
    medoid: int
    """The place of the text that is most like the others."""
    title: str = ""
    """Empty: made of its words."""


def vectorise(texts: Sequence[str]) -> Any:
    """(texts, features), sparse; rows of length 1, or 0 where a text has no word."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    told: dict[str, Any] = {"sublinear_tf": True, "strip_accents": "unicode", "max_features": _MOST_FEATURES}
    spaces = (
        TfidfVectorizer(ngram_range=(1, 2), stop_words="english", **told),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), **told),
    )
    parts = []
    for space in spaces:
        try:
            parts.append(space.fit_transform(texts))
        except ValueError:  # no word, or none that two texts share
            continue
    return normalize(csr_matrix(hstack(parts))) if parts else csr_matrix((len(texts), 1))


def group_by_words(texts: Sequence[str], least: int) -> tuple[Group, ...]:
    """Groups of at least ``least`` texts, by TF-IDF, in the order of their first texts. Texts in none are alone."""
    return find_groups(vectorise(texts), least) if texts else ()


def group_by_vectors(vectors: Sequence[Sequence[float]], least: int) -> tuple[Group, ...]:
    """The same by a model's vectors. How near they lie is the model's own affair: nothing is joined or let go."""
    from scipy.sparse import csr_matrix
    from sklearn.preprocessing import normalize

    if not vectors:
        return ()
    return find_groups(csr_matrix(normalize(np.array(vectors, dtype=float))), least, is_words=False)


def find_groups(vectors: Any, least: int, most: int = MOST_TEXTS, *, is_words: bool = True) -> tuple[Group, ...]:
    """``vectors``: (texts, features), sparse, rows of length 1 or 0; the first ``most`` make the groups."""
    core = vectors[:most]
    if core.shape[0] < max(least, 2):
        return ()
    likeness: Floats = (core @ core.T).toarray()
    labels = _hdbscan(likeness, least)
    found = [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]
    if is_words:
        found = [_hold(group, likeness) for group in found if len(group)]
    kept = [group for group in found if len(group) >= least]
    if is_words:
        kept = _join(kept, likeness)
    medoids = [_medoid(group, likeness) for group in kept]
    grown = _grow(kept, vectors, most)
    return tuple(sorted(Group(tuple(sorted(places)), centre) for places, centre in zip(grown, medoids, strict=True)))


def _hdbscan(likeness: "Floats", least: int) -> "Places":
    """By cosine distance (Campello, Moulavi and Sander 2013). -1: alone."""
    from sklearn.cluster import HDBSCAN

    count = len(likeness)
    # One group alone is no split of anything, so HDBSCAN would not find it: a far one of copies is set beside.
    beside = np.ones((count + least, count + least))
    beside[:count, :count] = np.clip(1.0 - likeness, 0.0, None)
    beside[count:, count:] = 0.0
    np.fill_diagonal(beside, 0.0)
    clusterer = HDBSCAN(min_cluster_size=max(least, 2), min_samples=2, metric="precomputed", copy=True)
    return np.asarray(clusterer.fit_predict(beside), dtype=np.int64)[:count]


def _join(groups: Sequence["Places"], likeness: "Floats") -> list["Places"]:
    """Groups whose centres are near are one: average linkage of centres."""
    if len(groups) < 2:  # noqa: PLR2004  # nothing to join
        return list(groups)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    means = np.array([[likeness[np.ix_(one, other)].mean() for other in groups] for one in groups])
    lengths = np.sqrt(np.diagonal(means))
    apart = np.clip(1.0 - means / np.outer(lengths, lengths), 0.0, None)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), "average")
    names = fcluster(tree, 1.0 - _JOIN, "distance").tolist()
    return [
        np.concatenate([group for group, its in zip(groups, names, strict=True) if its == name])
        for name in dict.fromkeys(names)
    ]


def _hold(group: "Places", likeness: "Floats") -> "Places":
    mine = likeness[np.ix_(group, group)]
    to_others: Floats = (mine.sum(axis=1) - np.diagonal(mine)) / max(len(group) - 1, 1)
    return group[to_others >= _HOLD]


def _medoid(group: "Places", likeness: "Floats") -> int:
    """Of several equally near, the first."""
    ordered = np.sort(group)
    return int(ordered[int(likeness[np.ix_(ordered, ordered)].sum(axis=1).round(9).argmax())])


def _grow(groups: Sequence["Places"], vectors: Any, most: int) -> list[list[int]]:
    """Rows beyond the core join the group whose centre is nearest, if it is near."""
    grown = [[int(place) for place in group] for group in groups]
    if not groups or vectors.shape[0] <= most:
        return grown
    from sklearn.preprocessing import normalize

    centres = normalize(np.vstack([np.asarray(vectors[group].mean(axis=0)) for group in groups]))
    near: Floats = np.asarray(vectors[most:] @ centres.T)
    for row, (best, how_near) in enumerate(zip(near.argmax(axis=1), near.max(axis=1), strict=True)):
        if how_near >= _JOIN:
            grown[int(best)].append(most + row)
    return grown


def title(texts: Sequence[str], voices: Sequence[str], others: Sequence[str], words: int = 4) -> str:
    """The words that set ``texts`` apart from ``others``, each used by at least two voices: no one's own words.

    Class-based TF-IDF: frequency within the group by log(1 + groups' mean length / frequency overall).
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    counts, speakers = _count(texts), _speakers(texts, voices)
    elsewhere = _count(others)
    mean = max(sum(counts.values()) + sum(elsewhere.values()), 1) / 2

    def weight(word: str) -> float:
        return counts[word] * float(np.log1p(mean / (counts[word] + elsewhere[word])))

    shared = [
        word
        for word in counts
        if len(speakers[word]) > 1 and word not in ENGLISH_STOP_WORDS and len(word) > 2 and not word.isdigit()  # noqa: PLR2004
    ]
    return " ".join(sorted(shared, key=lambda word: (-round(weight(word), 9), word))[:words])


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _count(texts: Iterable[str]) -> Counter[str]:
    """In how many of them each word stands."""
    return Counter(word for text in texts for word in _words(text))


def _speakers(texts: Sequence[str], voices: Sequence[str]) -> dict[str, set[str]]:
    speakers: dict[str, set[str]] = defaultdict(set)
    for text, voice in zip(texts, voices, strict=True):
        for word in _words(text):
            speakers[word].add(voice)
    return speakers
