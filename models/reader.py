"""Posts in, labelled posts out: projects, sentiment, topic, aspect and near-duplicate cluster of each."""

from collections.abc import Sequence
from dataclasses import replace

from minsheng.domain import Kind, LabelledPost, Post, Reading
from minsheng.text import normalise
from models.base import Progress, TextModel, TextReading
from models.duplicates import ClusterStore
from models.linker import ProjectLinker


class Reader:
    """Joins the text model, the project linker and the cluster store; see PostReader for its promises."""

    def __init__(self, model: TextModel, linker: ProjectLinker, clusters: ClusterStore) -> None:
        self._model, self._linker, self._clusters = model, linker, clusters

    def read(self, posts: Sequence[Post], progress: Progress | None = None) -> list[LabelledPost]:
        """Read posts in one pass of the model; clusters are kept only after the model has read them all."""
        readings = self._model.read([judged_text(post) for post in posts], progress)
        clusters = self._clusters.assign(posts)
        return [
            LabelledPost(post, self._reading(post, reading, cluster))
            for post, reading, cluster in zip(posts, readings, clusters, strict=True)
        ]

    def reread(self, posts: Sequence[LabelledPost], progress: Progress | None = None) -> list[LabelledPost]:
        """Read posts of the index again: model and projects are those of now, clusters and corrections stay."""
        readings = self._model.read([judged_text(labelled.post) for labelled in posts], progress)
        return [
            replace(labelled, reading=self._reading(labelled.post, reading, labelled.reading.cluster))
            for labelled, reading in zip(posts, readings, strict=True)
        ]

    def _reading(self, post: Post, reading: TextReading, cluster: str) -> Reading:
        return Reading(
            projects=self._linker.link(post),
            opinion=reading.opinion,
            topic=reading.topic,
            aspect=reading.aspect,
            cluster=cluster,
            model=self._model.version,
            intent=reading.intent,
            unsure=reading.opinion.confidence < self._model.unsure,
            vector=reading.vector,
        )


def judged_text(post: Post) -> str:
    """Return the words that are the writer's own: the title belongs to the opening post, not to its comments.

    A comment carries the title of its thread so that it can be linked; judged with it, 写得好 under 垃圾无人清理 would
    be a complaint. Where the place is not known, only an official statement is taken to open its thread, and a post
    without words of its own (a photo with a title) says what its title says.
    """
    if not post.title or not _opens_thread(post):
        return post.text
    if normalise(post.title) in normalise(post.text):
        return post.text
    return f"{post.title}。{post.text}" if post.text.strip() else post.title


def _opens_thread(post: Post) -> bool:
    if post.place is not None:
        return post.place == 1
    return post.reply_to is None and (post.kind is Kind.OFFICIAL or not post.text.strip())
