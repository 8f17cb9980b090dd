(async () => {
  'use strict';
  const at = id => document.getElementById(id);
  const box = at('all');
  if (!box || !('DecompressionStream' in window)) return;
  const bytes = Uint8Array.from(atob(at('findings').textContent), c => c.charCodeAt(0));
  const rows = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
  const PAGE = 100, RANK = { error: 0, warning: 1, note: 2 }, SIGN = { error: '▲', warning: '■', note: '●' };
  rows.forEach((r, i) => { r.i = i; r.find = [r.c, r.w, r.w2, r.l, r.l2, r.g, r.m, r.t, r.t2, r.f, r.k].join('\n').toLowerCase(); });
  let found = rows, shown = 0;

  // Characters that cannot be seen, or that turn the text around, are shown as their number.
  const odd = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  const plain = text => (text || '').replace(odd, c => '⟨' + c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0') + '⟩');
  function add(parent, tag, text, name) {
    const node = parent.appendChild(document.createElement(tag));
    if (text !== undefined) node.textContent = plain(text);
    if (name) node.className = name;
    return node;
  }
  // Words of one text that the other lacks, by the longest common subsequence.
  function marked(parent, text, other) {
    const a = text.split(/(\s+)/), b = (other || '').split(/(\s+)/);
    if (!other || a.length * b.length > 200000) { parent.append(plain(text)); return; }
    const size = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--)
      for (let j = b.length - 1; j >= 0; j--)
        size[i][j] = a[i] === b[j] ? size[i + 1][j + 1] + 1 : Math.max(size[i + 1][j], size[i][j + 1]);
    for (let i = 0, j = 0; i < a.length;) {
      if (j < b.length && a[i] === b[j]) { parent.append(plain(a[i++])); j++; }
      else if (j < b.length && size[i][j + 1] >= size[i + 1][j]) j++;
      else if (a[i].trim()) add(parent, 'mark', a[i++]);
      else parent.append(a[i++]);
    }
  }
  function side(list, where, label, text, other) {
    add(add(list, 'dt'), 'bdi', where);
    const cell = add(list, 'dd');
    if (label !== null) { add(cell, 'bdi', label, 'label'); cell.append(' '); }
    const body = add(cell, 'span', undefined, 't');
    body.dir = 'auto';
    marked(body, text || '', other);
  }
  function open(item, row) {
    if (item.dataset.open) return;
    item.dataset.open = '1';
    const list = add(item, 'dl');
    side(list, row.w, row.l, row.t, row.t2);
    if (row.w2 !== null) side(list, row.w2, row.l2, row.t2, row.t);
    const foot = add(item, 'p', undefined, 'soft');
    foot.append(row.n + (row.n === 1 ? ' row · ' : ' rows · '));
    const link = add(foot, 'a', row.f);
    link.href = '#f=' + row.f;
  }
  function draw(row) {
    const item = add(box, 'details', undefined, 'finding');
    item.id = 'f=' + row.f;
    const head = add(item, 'summary');
    add(head, 'span', SIGN[row.s] + ' ' + row.c, row.s);
    head.append(' ');
    add(head, 'bdi', row.w, 'soft');
    head.append(' ' + plain(row.m) + ' ');
    if (row.g !== null) { head.append('suggested '); add(head, 'bdi', row.g, 'label'); }
    item.addEventListener('toggle', () => { if (item.open) open(item, row); });
    return item;
  }
  function more() {
    found.slice(shown, shown + PAGE).forEach(draw);
    shown = Math.min(found.length, shown + PAGE);
    at('more').hidden = shown >= found.length;
    at('count').textContent = found.length.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' findings match, ' + shown.toLocaleString('en') + ' shown';
  }
  function filter() {
    const words = at('q').value.toLowerCase().split(/\s+/).filter(Boolean), code = at('rule').value, severity = at('severity').value, label = at('class').value, split = at('split').value, slice = at('slice').value;
    found = rows.filter(r => (!code || r.c === code) && (!severity || r.s === severity) && (!split || r.p === split) && (!slice || r.k.split('\n').includes(slice)) && (!label || r.l === label || r.l2 === label || r.g === label) && words.every(w => r.find.includes(w)));
    const key = at('sort').value;
    if (key === 'place') found.sort((a, b) => a.w.localeCompare(b.w, 'en', { numeric: true }) || a.i - b.i);
    else if (key === 'rule') found.sort((a, b) => (a.c < b.c ? -1 : a.c > b.c ? 1 : a.i - b.i));
    else found.sort((a, b) => RANK[a.s] - RANK[b.s] || a.i - b.i);
    box.replaceChildren();
    shown = 0;
    more();
  }
  function reach() {
    const wanted = decodeURIComponent(location.hash.slice(1));
    if (!wanted.startsWith('f=')) return;
    const row = rows.find(r => 'f=' + r.f === wanted);
    if (!row) return;
    let item = at(wanted);
    if (!item) {
      ['q', 'rule', 'severity', 'class', 'split', 'slice'].forEach(id => { at(id).value = ''; });
      filter();
      while (!at(wanted) && shown < found.length) more();
      item = at(wanted);
    }
    item.open = true;
    item.scrollIntoView({ block: 'center' });
    item.querySelector('summary').focus({ preventScroll: true });
  }
  const options = (id, values) => [...new Set(values)].filter(v => v !== null).sort().forEach(v => { const o = add(at(id), 'option', v); o.value = v; });
  options('rule', rows.map(r => r.c));
  options('severity', rows.map(r => r.s));
  options('split', rows.map(r => r.p));
  options('slice', rows.flatMap(r => r.k.split('\n').slice(0, -1)));
  options('class', rows.flatMap(r => [r.l, r.g]));
  let wait;
  at('q').addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(filter, 120); });
  ['rule', 'severity', 'class', 'split', 'slice', 'sort'].forEach(id => at(id).addEventListener('change', filter));
  at('more').addEventListener('click', more);
  document.addEventListener('keydown', e => {
    if (e.key === '/' && !['INPUT', 'SELECT'].includes(e.target.tagName)) { e.preventDefault(); at('q').focus(); }
  });
  addEventListener('hashchange', reach);
  at('explorer').hidden = false;
  filter();
  reach();
  performance.mark('ready');
  document.documentElement.dataset.ready = '1';
})();
