"""A job done: vectors, ladder, small run, fine-tuning, and the folder that tells of it. Loads torch."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.train import folder as run_folder
from assay.train import manifest, writing
from assay.train.finetune import infer, store
from assay.train.fitting import is_main, processes
from assay.train.ladder import Ladder, climb, right_of
from assay.train.linear import fit_linear
from assay.train.run import load_run
from assay.train.rungs.names import readable, unreadable
from assay.train.small_run import small_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from assay.train.finetune.network import Network, Shape
    from assay.train.finetune.tokens import Encoded, Tokens
    from assay.train.finetune.tune import Rows, Tuned
    from assay.train.fitting import Job
    from assay.train.linear import Linear
    from assay.train.run import Run
    from assay.train.small_run import SmallRun


@dataclass(slots=True)
class Work:
    """What a run comes to on its way to the manifest."""

    job: Job
    place: str
    tokens: Tokens
    shape: Shape
    seconds: dict[str, float] = field(default_factory=dict)
    linear: Linear | None = None
    vectors: NDArray[np.float32] | None = None
    """Of training and validation rows, by the frozen encoder."""
    names: NDArray[np.float32] | None = None
    """Of the classes' names, by the same; None where they are no words."""
    baselines: Ladder | None = None
    seen: SmallRun | None = None
    tuned: Tuned | None = None
    refitted: bool = False
    logits: NDArray[np.float32] | None = None
    """Of the validation rows, by the network that did not learn them."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage, and say that it has begun."""
        self.job.told.progress(name, 0, 0)
        started = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - started, 3)


def execute(job: Job) -> Run:
    """Train, write, and open what was written; see ``fitting.fit`` for what is raised."""
    place = infer.prepare(job.plan.threads)
    from transformers import set_seed  # noqa: PLC0415 - slow

    energy = manifest.Energy(place)
    goes_on = run_folder.open_folder(job) if is_main() else job.resume
    wait_for_main()
    set_seed(job.plan.seed)
    work = begin(job, place)
    with work.stage("loading"):
        network = fresh(work)
        train = work.tokens.encode(job.train.texts)
        held = None if job.validation is None else work.tokens.encode(job.validation.texts)
    if is_main():
        baselines(work, network, train, held)
    if job.plan.method == "head":
        finish_head(work, network, train, held)
    else:
        network = fine_tune(work, network, train, held, goes_on=goes_on)
    if is_main():
        writing.write(work, network, energy)
    wait_for_main()
    return load_run(job.folder)


def begin(job: Job, place: str) -> Work:
    """Tokenizer and shape of the network."""
    from assay.train.finetune.network import Shape, pooling_of  # noqa: PLC0415 - torch
    from assay.train.finetune.tokens import open_tokens  # noqa: PLC0415 - transformers

    pooling = pooling_of(job.base.config, standard=job.plan.standard_head)
    shape = Shape(job.train.labels, job.train.multilabel, pooling)
    return Work(job, place, open_tokens(job.base.path, job.plan.max_length), shape)


def fresh(work: Work) -> Network:
    """A network from the pretrained weights, for embedding and then for training."""
    from assay.train.finetune.network import build  # noqa: PLC0415 - torch

    plan = work.job.plan
    quantise = bool(plan.lora.get("quantize"))
    training, eager = plan.method != "head", work.place == "cpu"  # the same kernels whatever is trained after embedding
    network = build(work.job.base.path, work.shape, training=training, quantise=quantise, eager=eager)
    return network if quantise else network.to(work.place)


def baselines(work: Work, network: Network, train: Encoded, held: Encoded | None) -> None:
    """Frozen vectors, the linear probe on them, and the cheaper rungs."""
    job = work.job
    if network.head is None:  # a standard head has no vectors to be fitted on
        if job.ladder and job.validation is not None:
            with work.stage("baselines"):
                work.baselines = climb(job.train, job.validation, None, None, None, seed=job.plan.seed, told=job.told)
        return
    with work.stage("embedding"):
        half = infer.half_helps(work.place) and job.plan.half
        vectors = infer.vectors(
            network, train, work.tokens.pad, half=half, tick=lambda n: job.told.progress("embedding", n, len(train))
        )
        others = infer.vectors(network, held, work.tokens.pad, half=half) if held is not None else None
        work.vectors = vectors if others is None else np.concatenate([vectors, others])
        work.names = name_vectors(work, network)
    with work.stage("linear head"):
        work.linear = probe(work, vectors, job.train.y)
        network.start_from(work.linear.weight, work.linear.bias)
    if job.ladder and job.validation is not None and others is not None:
        with work.stage("baselines"):
            head_seconds = work.seconds["embedding"] + work.seconds["linear head"]
            work.baselines = climb(
                job.train,
                job.validation,
                vectors,
                others,
                work.linear,
                seed=job.plan.seed,
                told=job.told,
                embed_seconds=work.seconds["embedding"],
                head_seconds=head_seconds,
            )


def name_vectors(work: Work, network: Network) -> NDArray[np.float32] | None:
    """(classes, dims) of the classes' names as words; None where one has none, or rows have several labels."""
    examples = work.job.train
    if examples.multilabel or unreadable(examples.labels):
        return None
    half = infer.half_helps(work.place) and work.job.plan.half
    words = work.tokens.encode([[readable(label) for label in examples.labels]])
    return infer.vectors(network, words, work.tokens.pad, half=half)


def probe(work: Work, vectors: NDArray[np.float32], y: NDArray[Any]) -> Linear:
    """The linear head on frozen vectors; names of classes count as rows where they tell classes apart."""
    job = work.job
    return fit_linear(
        vectors,
        y,
        len(job.train.labels),
        seed=job.plan.seed,
        multilabel=job.train.multilabel,
        names=work.names,
    )


def finish_head(work: Work, network: Network, train: Encoded, held: Encoded | None) -> None:
    """Measure the linear head on validation, and fit it once more on all rows if they were only held out by us."""
    job = work.job
    if held is not None and work.linear is not None and work.vectors is not None:
        work.logits = work.linear.logits(work.vectors[len(train) :])
    if job.made_validation and job.plan.refit and held is not None and job.validation is not None:
        with work.stage("refit"):
            refit_head(work, network)


def refit_head(work: Work, network: Network) -> None:
    """The linear probe on training and validation rows together."""
    job = work.job
    if job.validation is None or work.linear is None or work.vectors is None:
        return
    y = np.concatenate([job.train.y, job.validation.y])
    linear = probe(work, work.vectors, y)
    network.start_from(linear.weight, linear.bias)
    work.refitted = True


def fine_tune(work: Work, network: Network, train: Encoded, held: Encoded | None, *, goes_on: bool) -> Network:
    """Small run, training with the best checkpoint kept, and the refit on all rows if it is planned."""
    from transformers import set_seed  # noqa: PLC0415 - slow

    from assay.train.finetune.tune import Rows, tune  # noqa: PLC0415 - torch
    from assay.train.finetune.tuner import Keeping  # noqa: PLC0415 - torch

    job = work.job
    make_trainable(network, job)
    rows = Rows(train, job.train.y)
    if job.small_run and is_main() and not goes_on:
        try_small(work, network, rows)
    set_seed(job.plan.seed)
    keeping = Keeping(kept_of(work), job.base.reference(job.folder / "model"), job.plan.keep_checkpoints)
    validation = None if held is None or job.validation is None else Rows(held, job.validation.y)
    with work.stage("fine-tuning"):
        work.tuned = tune(
            network,
            rows,
            validation,
            job.plan,
            pad=work.tokens.pad,
            folder=job.folder,
            keeping=keeping,
            resume=goes_on,
            tell=job.told.progress,
        )
    if validation is None or held is None:
        return network
    if is_main():
        with work.stage("validation"):
            work.logits = infer.logits(network, validation.texts, work.tokens.pad, half=job.plan.half)
        if head_is_better(work, train):
            return back_to_head(work, train, held)
    if job.made_validation and job.plan.refit:
        with work.stage("refit"):
            return refit(work, train, held)
    return network


def try_small(work: Work, network: Network, rows: Rows) -> None:
    """The small run, and what it has to say."""
    job = work.job
    with work.stage("small run"):
        work.seen = small_run(
            network,
            rows,
            job.plan,
            pad=work.tokens.pad,
            unknown=work.tokens.tokenizer.unk_token_id,
            lengths=work.tokens.lengths(job.train.texts),
            max_hours=job.max_hours,
        )
    for warning in work.seen.warnings:
        job.told.say(f"warning: {warning}")
    if work.seen.estimated_seconds > writing.LONG:
        took = writing.duration(work.seen.estimated_seconds)
        job.told.say(f"small run: about {took} for {work.seen.planned_steps:,} steps")


def head_is_better(work: Work, train: Encoded) -> bool:
    """Whether ``auto`` should take the linear head after all: it is more accurate on the validation rows.

    Only where one process trains: others would wait for a refit that does not come.
    """
    job = work.job
    chosen = job.config.get("method") == "auto" and job.plan.method != "head" and processes() == 1
    if not chosen or work.linear is None or work.vectors is None or work.logits is None or job.validation is None:
        return False
    truth = job.validation.y
    ours = int(right_of(truth, work.logits).sum())
    head = int(right_of(truth, work.linear.logits(work.vectors[len(train) :])).sum())
    if head > ours:
        job.told.say(f"the linear head is right on {head:,} of {len(truth):,} validation rows, fine-tuning on {ours:,}")
    return head > ours


def back_to_head(work: Work, train: Encoded, held: Encoded) -> Network:
    """The linear head in the place of the fine-tuned network; plan and manifest say so."""
    plan = work.job.plan
    why = (*plan.why, f"but {plan.method} fine-tuning was less accurate on validation than the linear head")
    work.job = replace(work.job, plan=replace(plan, method="head", why=why, lora={}, refit=work.job.made_validation))
    network = fresh(work)
    if work.linear is not None:
        network.start_from(work.linear.weight, work.linear.bias)
    finish_head(work, network, train, held)
    return network


def refit(work: Work, train: Encoded, held: Encoded) -> Network:
    """The same training from the start on all rows; nothing is left to be chosen, so nothing need be held out."""
    from assay.train.finetune.tokens import joined  # noqa: PLC0415 - torch
    from assay.train.finetune.tune import Rows, steps_per_epoch, tune  # noqa: PLC0415 - torch

    job, tuned = work.job, work.tuned
    if job.validation is None or tuned is None:
        raise ValueError("a refit follows a training with validation rows")
    network = fresh(work)
    if network.head is not None and is_main():
        refit_head(work, network)
    make_trainable(network, job)
    epochs = job.plan.epochs
    if tuned.best_step and stops_early(tuned, job.plan.metric, len(job.validation)):
        epochs = tuned.best_step / steps_per_epoch(len(job.train), job.plan, processes())
    from transformers import set_seed  # noqa: PLC0415 - slow

    set_seed(job.plan.seed)
    rows = Rows(joined(train, held), np.concatenate([job.train.y, job.validation.y]))
    tune(
        network,
        rows,
        None,
        replace(job.plan, epochs=epochs, mix=tuned.mix),
        pad=work.tokens.pad,
        folder=job.folder,
        keeping=None,
        tell=lambda _, n, of: job.told.progress("refit", n, of),
    )
    work.refitted = True
    return network


def stops_early(tuned: Tuned, metric: str, rows: int) -> bool:
    """Whether the last evaluation is worse than the best by more than a standard error of ``rows`` answers.

    A refit has more rows than the training that it repeats; what a few dozen rows say of the best step is luck.
    """
    if not tuned.best_step or tuned.best_step >= tuned.planned_steps:
        return False
    found = [e[f"eval_{metric}"] for e in tuned.history if f"eval_{metric}" in e]
    best, last = (min(found) if metric == "loss" else max(found)), found[-1]
    if metric == "loss":
        return bool(last > best)
    return bool(best - last > (best * (1 - best) / max(rows, 1)) ** 0.5)


def make_trainable(network: Network, job: Job) -> None:
    """What is trained and what stays: adapters, or all but the word embeddings."""
    plan = job.plan
    if plan.gradient_checkpointing:
        network.body.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if plan.method == "lora":
        from assay.train.finetune.lora import adapt  # noqa: PLC0415 - peft

        adapt(network, plan.lora)
    elif plan.freeze_embeddings:
        for name, parameter in network.body.named_parameters():
            if "embeddings" in name.split("."):
                parameter.requires_grad_(False)  # noqa: FBT003 - torch's signature
        network.body.get_input_embeddings().weight.requires_grad_(False)  # noqa: FBT003 - as above


def kept_of(work: Work) -> store.Kept:
    """What the model folder says of itself."""
    job = work.job
    return store.Kept(
        method=job.plan.method,
        labels=job.train.labels,
        multilabel=job.train.multilabel,
        pooling=work.shape.pooling,
        max_length=job.plan.max_length,
        text_columns=len(job.train.texts),
        base=job.base.reference(job.folder / "model"),
        lora=job.plan.lora,
    )


def wait_for_main() -> None:
    """Meet the other processes, where there are any."""
    import torch  # noqa: PLC0415 - heavy

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()
