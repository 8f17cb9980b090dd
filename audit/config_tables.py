"""The tables of assay.toml: which keys there are, of what type."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def several(value: Any) -> Any:
    """One string stands for a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _upper(value: Any) -> Any:
    return tuple(v.upper() if isinstance(v, str) else v for v in value) if isinstance(value, tuple) else value


Strings = Annotated[tuple[str, ...], BeforeValidator(several)]
Codes = Annotated[tuple[str, ...], BeforeValidator(lambda value: _upper(several(value)))]
FailOn = Literal["error", "warning", "note", "never"]
Share = Annotated[float, Field(ge=0, le=1)]
Level = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=0)]


class Table(BaseModel):
    """Keys that are not told of are errors; values do not change."""

    # Most runs have no configuration file: validators are built when the first file is validated.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Data(Table):
    """Files and roles."""

    train: Strings = ()
    validation: Strings = ()
    test: Strings = ()
    """Several are several test sets: test, test2, ..."""
    production: Strings = ()
    text: Strings = ()
    label: str | None = None
    id: str | None = None
    group: str | None = None
    time: str | None = None
    split: str | None = None
    """Column that names the split of each row, for one file that holds them all."""


class AuditTable(Table):
    """Which rules run, with which options, and what makes the command fail."""

    select: Codes = ()
    ignore: Codes = ()
    fail_on: FailOn = "error"
    encoder: str = "auto"
    """Sentence encoder: auto, minilm, static, lsa, a model folder or a hub id; ``fast:NAME`` for the fastest engine."""
    cache: bool = True
    """Whether vectors are kept on disk for the next audit."""
    rules: dict[str, dict[str, Any]] = {}


class ScaleTable(Table):
    """Where texts are compared, for data beyond one machine's memory."""

    engine: Literal["memory", "local", "dask", "spark"] = "memory"
    memory: str = "3GB"
    """What this process should stay within, with every engine but ``memory``."""
    storage: str | None = None
    """Folder for what is spilled and for finished stages; a cluster's workers must see it."""
    address: str | None = None
    """Scheduler of Dask (``tcp://host:8786``) or master of Spark (``spark://host:7077``, ``yarn``)."""


class Slice(Table):
    """A part of the data that matters; counted before training, scored after it."""

    name: str | None = None
    where: str | None = None
    function: str | None = None
    by: Strings = ()
    like: Strings = ()
    property: str | None = None
    critical: bool = False
    min_train: Count | None = None
    min_test: Count | None = None


class Expectations(Table):
    """A Great Expectations suite that runs as rule GEX001."""

    suite: str | None = None
    project: str | None = None


class Tracking(Table):
    """Where results are logged besides their folder."""

    mlflow: str | None = None
    """URI of an MLflow tracking server or store."""
    experiment: str | None = None
    """Experiment for runs of their own; ``assay`` if not given."""


class Lora(Table):
    """Low-rank adapters (peft)."""

    rank: Annotated[int, Field(gt=0)] = 16
    alpha: Annotated[float, Field(gt=0)] | None = None
    """Scale of the adapter; twice the rank if not given."""
    dropout: Share = 0.0
    target_modules: Strings = ()
    """Names of the layers that get one; every linear layer if not given."""
    quantize: bool = False
    """QLoRA: the base model in 4 bits (bitsandbytes, NVIDIA)."""


class Train(Table):
    """What is trained, and how; what is not given is chosen by the size of the data and the model."""

    model: str | None = None
    """A model folder, a hub id, or a hub id at a revision (owner/model@revision)."""
    method: Literal["auto", "head", "lora", "full"] = "auto"
    head: Literal["mean", "standard"] = "mean"
    """mean: mean pooling, started from the linear probe; standard: loads as AutoModelForSequenceClassification."""
    seed: Count = 0
    output: str | None = None
    epochs: Annotated[float, Field(gt=0)] | None = None
    batch_size: Annotated[int, Field(gt=0)] | None = None
    learning_rate: Annotated[float, Field(gt=0)] | None = None
    head_learning_rate: Annotated[float, Field(gt=0)] | None = None
    max_length: Annotated[int, Field(gt=0)] | None = None
    """Tokens after which a text is cut."""
    metric: Literal["macro_f1", "accuracy", "micro_f1", "loss"] | None = None
    """What early stopping and the best checkpoint look at, on validation: macro_f1 if not given."""
    patience: Count | None = None
    """Evaluations without gain after which training stops; 0 never stops."""
    eval_steps: Annotated[int, Field(gt=0)] | None = None
    """Steps between evaluations and checkpoints; an epoch, or 500 steps of a long one, if not given."""
    keep_checkpoints: Annotated[int, Field(gt=0)] = 2
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    gradient_accumulation: Annotated[int, Field(gt=0)] = 1
    gradient_checkpointing: bool = False
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    class_weights: Literal["none", "balanced"] = "none"
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    freeze_embeddings: bool | None = None
    mix: Share | None = None
    """Share of the trained weights in the final ones, the rest being those of the start (WiSE-FT); 1 mixes nothing."""
    validation_share: Annotated[float, Field(ge=0, le=0.5)] | None = None
    """Share of the training data held out when there is no validation data; 0 holds out none."""
    refit: bool | None = None
    """Whether a validation split made from the training data is trained on at last."""
    threads: Annotated[int, Field(gt=0)] | None = None
    """Threads of the processor; results depend on their number."""
    max_hours: Annotated[float, Field(gt=0)] | None = None
    """Do not start what the small run says will take longer."""
    merge: bool = False
    """Write model/ with the adapter merged into the base model beside adapter/."""
    lora: Lora = Field(default_factory=Lora.model_construct)
    report_to: Strings = ()
    task_changes_often: bool | None = None
    cost_per_month: Annotated[float, Field(ge=0)] | None = None


class Cost(Table):
    """What it costs to call a row of one class another; ``*`` stands for any class."""

    label: str
    predicted: str
    cost: float


class Evaluation(Table):
    """How models are evaluated."""

    costs: Annotated[tuple[Cost, ...], BeforeValidator(several)] = ()
    """Prices of errors; a pair that none names costs 0."""
    costs_file: str | None = None
    """A file of them: columns label, predicted, cost, or a square table, a line a true class."""
    labels: Strings = ()
    """Classes that a model may predict though the evaluated rows lack them."""


class Requirement(Table):
    """One line of the promotion policy."""

    slice: str = "overall"
    metric: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    no_worse_than_baseline_by: Share | None = None
    confidence: Level | None = None
    min_rows: Count | None = None
    max_audit_findings: dict[str, Count] | None = None
    unknown: Literal["block", "warn"] = "block"
    """Whether a slice that is neither proven good nor proven bad blocks; a critical one always does."""


class Waiver(Table):
    """A requirement set aside until a day, by a person, for a reason."""

    rule: str
    slice: str | None = None
    reason: str
    owner: str
    expires: Any


class Gate(Table):
    """When a model may be promoted."""

    confidence: Level = 0.95
    require: Annotated[tuple[Requirement, ...], BeforeValidator(several)] = ()
    max_audit_findings: dict[str, Count] = {}
    sequential: bool = False
    waiver: Annotated[tuple[Waiver, ...], BeforeValidator(several)] = ()
