"""Audits of small files, as folders."""

from __future__ import annotations

import pytest

from assay.audit import Settings, read, run
from assay.audit.store import audit_document, save

SAFE = ("DUP001", "LEK001", "LBL005", "LBL006", "RLS001")


@pytest.fixture
def audited(tmp_path, monkeypatch):
    """Write files, audit them with some rules, and return the audit's folder."""
    monkeypatch.chdir(tmp_path)

    def make(files, select=SAFE, out="audit", options=None, **roles):
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        sources = {name.split(".")[0].split("/")[0]: name for name in files}
        return audit(sources, select, out, options, **roles)

    def audit(sources, select=SAFE, out="audit", options=None, **roles):
        roles = {"text": ("text",), "label": "label", **roles}
        found = run(read(sources, **roles), Settings(select=select, options=options or {}))
        config = {"rules": {code: dict(values) for code, values in found.options.items()}}
        save(found, tmp_path / out, audit_document(found, config), {}, {})
        return tmp_path / out

    make.again = audit
    return make
