(async () => {
  'use strict';
  const token = location.hash.slice(1) || sessionStorage.getItem('review-token') || '';
  sessionStorage.setItem('review-token', token);
  history.replaceState(null, '', '/');
  const at = id => document.getElementById(id);
  const headers = { 'X-Review-Token': token };
  let summary = null, item = null;

  async function get(path) {
    const answer = await fetch(path, { headers });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }
  // Characters that cannot be seen, or that turn the text around, are shown as their number.
  const odd = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
  function put(node, text) {
    let last = 0;
    for (const found of text.matchAll(odd)) {
      node.append(text.slice(last, found.index));
      const sign = document.createElement('span');
      sign.className = 'odd';
      sign.textContent = 'U+' + found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0');
      node.append(sign);
      last = found.index + found[0].length;
    }
    node.append(text.slice(last));
  }
  // Words of one text that the other lacks, by the longest common subsequence; long texts are shown unmarked.
  function marked(text, other) {
    const a = text.split(/(\s+)/), b = other.split(/(\s+)/);
    if (a.length * b.length > 400000) return [[text, false]];
    const size = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--)
      for (let j = b.length - 1; j >= 0; j--)
        size[i][j] = a[i] === b[j] ? size[i + 1][j + 1] + 1 : Math.max(size[i + 1][j], size[i][j + 1]);
    const out = [];
    let i = 0, j = 0;
    while (i < a.length)
      if (j < b.length && a[i] === b[j]) { out.push([a[i++], false]); j++; }
      else if (j < b.length && size[i][j + 1] >= size[i + 1][j]) j++;
      else out.push([a[i++], true]);
    return out;
  }
  function write(node, text, other) {
    node.replaceChildren();
    for (const [piece, own] of other === undefined ? [[text, false]] : marked(text, other)) {
      const into = own && piece.trim() ? node.appendChild(document.createElement('mark')) : node;
      put(into, piece);
    }
  }
  function say(id, text) { at(id).replaceChildren(); put(at(id), text); }
  const told = d => d.action + (d.label === null || d.label === undefined ? '' : ' → ' + d.label);

  function besides() {
    const box = at('beside');
    box.replaceChildren();
    for (const each of item.beside) {
      const part = box.appendChild(document.createElement('div'));
      part.className = 'beside';
      const where = part.appendChild(document.createElement('p'));
      where.className = 'where';
      put(where, each.where + (each.label === null ? '' : ' · label ' + each.label));
      const text = part.appendChild(document.createElement('div'));
      text.className = 'text';
      text.dir = 'auto';
      text.tabIndex = 0;
      text.setAttribute('role', 'region');
      text.setAttribute('aria-label', 'Text of ' + each.where);
      write(text, each.text, item.text);
    }
    at('beside-section').hidden = !item.beside.length;
  }
  function neighbours() {
    const list = at('near');
    list.replaceChildren();
    for (const each of item.neighbours)
      put(list.appendChild(document.createElement('li')), each.where + ': ' + each.label + ' (cosine ' + each.similarity + ')');
    at('near-section').hidden = !item.neighbours.length;
  }
  function suggestion() {
    return item.suggestion === 'relabel' ? 'relabel to ' + item.suggested_label : item.suggestion;
  }
  function progress() {
    const done = Object.values(summary.counts).reduce((a, b) => a + b, 0);
    const both = summary.agreement.both ? `, ${summary.agreement.agree} of ${summary.agreement.both} shared rows agreed` : '';
    say('progress', `${item ? item.place + 1 : 0} of ${summary.total}, ${done} decided by ${summary.reviewer}${both}`);
    at('bar').value = summary.total ? done / summary.total : 0;
  }
  function show() {
    say('code', item.code + ' ' + item.name);
    say('severity', item.severity);
    say('message', item.message);
    say('where', item.where);
    say('label', item.label === null ? '(none)' : item.label);
    say('suggested', item.suggested_label === null ? '' : ' · suggested ' + item.suggested_label);
    write(at('text'), item.text, item.beside.length ? item.beside[0].text : undefined);
    say('words', item.words.length ? 'Words that speak for the suggestion: ' + item.words.join(', ') : '');
    besides();
    neighbours();
    say('decision', item.decision ? told(item.decision) : 'none yet');
    say('others', item.others.length ? '· others: ' + item.others.map(d => d.reviewer + ' ' + told(d)).join(', ') : '');
    say('suggestion', suggestion());
    if (item.suggested_label !== null) at('labels').value = item.suggested_label;
    else if (item.label !== null) at('labels').value = item.label;
    progress();
  }
  async function open(place) {
    if (place < 0 || place >= summary.total) return;
    item = await get('/item/' + place);
    show();
  }
  async function next() {
    const { place } = await get(`/next?after=${item ? item.place : -1}&code=${at('rules').value}`);
    if (place < 0) say('saved', 'Nothing is left to decide here.');
    else await open(place);
  }
  async function decide(action, label) {
    const body = { place: item.place, fingerprint: item.fingerprint, content_hash: item.content_hash, action };
    if (action === 'relabel') body.label = label;
    const answer = await fetch('/decide', {
      method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
    if (!answer.ok) { say('saved', 'NOT SAVED: ' + await answer.text()); return; }
    say('saved', 'Saved: ' + action + (label ? ' → ' + label : ''));
    item = await answer.json();
    summary = await get('/summary');
    if (action === 'undo') show(); else { show(); await next(); }
  }
  const keys = {
    k: () => decide('keep'),
    r: () => decide('relabel', at('labels').value),
    d: () => decide('drop'),
    s: () => decide('skip'),
    u: () => decide('undo'),
    n: next,
    Enter: () => decide(item.suggestion, item.suggestion === 'relabel' ? item.suggested_label : undefined),
    ArrowLeft: () => open(item.place - 1),
    ArrowRight: () => open(item.place + 1),
  };
  // Keys pressed meanwhile wait their turn, but for decisions: none is made on an item that was not yet shown.
  let turn = Promise.resolve(), waiting = 0;
  function press(key) {
    if (!item || !keys[key] || (waiting && 'krdsEnter'.includes(key))) return;
    waiting++;
    turn = turn.then(keys[key]).catch(error => say('saved', 'NOT SAVED: ' + error.message)).then(() => waiting--);
  }
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (['SELECT', 'BUTTON'].includes(event.target.tagName) && (event.key === 'Enter' || event.target.tagName === 'SELECT')) return;
    if (keys[event.key]) { event.preventDefault(); press(event.key); }
  });
  document.querySelectorAll('button').forEach(b => b.addEventListener('click', () => press(b.dataset.key)));
  at('decide').addEventListener('submit', event => event.preventDefault());
  try {
    summary = await get('/summary');
    for (const label of summary.labels) {
      const option = at('labels').appendChild(document.createElement('option'));
      option.value = label;
      put(option, label);
    }
    for (const code of summary.codes) at('rules').append(new Option(code, code));
    if (summary.total) await open(Math.max(0, (await get('/next?after=-1')).place));
    else say('progress', 'Nothing to review: no finding is about single rows.');
  } catch (error) {
    say('progress', error.message);
  }
  document.documentElement.dataset.ready = '1';
})();
