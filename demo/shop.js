// The demo shop. What the agent sees by itself needs nothing from here: pages and clicks. This is what a product's own code
// adds: who is signed in, and Track Events. Guides and surveys are the shop's own, and it tells the agent's door of them.
const { apiKey } = document.documentElement.dataset;
const by = (id) => document.getElementById(id);
const agent = window.bellwire;

const people = {
  ada: { visitor: { id: 'ada@analytical.example', name: 'Ada' }, account: { id: 'analytical-engines', plan: 'team' } },
  grace: { visitor: { id: 'grace@harbor.example', name: 'Grace' }, account: { id: 'harbor-light', plan: 'free' } },
};

if (agent === undefined) {
  by('agent-state').textContent = 'was not loaded: an ad blocker?';
} else {
  // What is shown of it costs the agent, and the click, no time.
  const hear = (name, show) => agent.events.on(name, (detail) => requestAnimationFrame(() => show(detail)));
  for (const type of ['pageLoad', 'click', 'track', 'identify']) hear(type, (item) => showTold(type, item));
  hear('sent', () => settle('in the ledger', 'good'));
  hear('failed', (status) => settle(status === 0 ? 'no server; again soon' : `refused: ${status}`, ''));
  agent.initialize({});
  by('agent-state').textContent = `version ${agent.getVersion()}`;
}

// Who is signed in stays so, as the agent remembers it.
const known = Object.keys(people).find((name) => people[name].visitor.id === agent?.getVisitorId());
by('who').value = known ?? '';
by('who').addEventListener('change', ({ target }) => {
  if (target.value === '') agent?.clearSession();
  else agent?.identify(people[target.value]);
});

// The shop.
const cart = JSON.parse(sessionStorage.getItem('cart') ?? '[]');
showView();
addEventListener('popstate', showView);
document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-buy]');
  if (button !== null) buy(button.dataset.buy, Number(button.dataset.price));
  const kind = target.closest('[data-kind]')?.dataset.kind;
  kinds[kind]?.();
});
for (const link of document.querySelectorAll('nav a')) {
  link.addEventListener('click', (event) => {
    event.preventDefault();
    history.pushState({}, '', link.href);
    showView();
  });
}
by('checkout').addEventListener('click', () => {
  agent?.track('Order Placed', { lamps: cart.length, total: cart.reduce((sum, { price }) => sum + price, 0) });
  cart.length = 0;
  showView();
});

function buy(lamp, price) {
  cart.push({ lamp, price });
  agent?.track('Lamp Added', { lamp, price });
  showView();
}

function showView() {
  const isCart = new URLSearchParams(location.search).get('view') === 'cart';
  document.title = `${isCart ? 'Cart' : 'Lamps'} · Lumen Lamps`;
  by('lamps').hidden = isCart;
  by('cart').hidden = !isCart;
  by('cart-count').textContent = cart.length;
  by('checkout').disabled = cart.length === 0;
  const lines = cart.map(({ lamp, price }) => line('li', [lamp, `€ ${price}`]));
  by('cart-lines').replaceChildren(...(lines.length > 0 ? lines : [line('li', ['Nothing yet.'])]));
  sessionStorage.setItem('cart', JSON.stringify(cart));
}

// Every other kind of event.
const guide = { guideId: 'demo-dimmer', guideStepId: 'demo-dimmer-1', language: navigator.language };
const survey = { guideId: 'demo-nps', guideStepId: 'demo-nps-1', language: navigator.language };
const question = { guideId: 'demo-poll', guideStepId: 'demo-poll-1', language: navigator.language };
let rating = null;

const kinds = {
  feature: () => tell('featureClicked', { featureId: 'demo-dimmer', name: 'Dimmer' }),
  upgrade: () => agent?.track('Plan Upgraded', { fromPlan: 'free', toPlan: 'team' }),
  guide() {
    tell('guideDisplayed', { ...guide, guideProperties: { name: 'The dimmer' } });
    by('guide').showModal();
  },
  nps() {
    tell('npsDisplayed', { ...survey, guideProperties: { name: 'Recommend Lumen?' } });
    by('nps').showModal();
  },
  poll() {
    tell('pollDisplayed', { ...question, guideProperties: { name: 'What do you light?' } });
    by('poll').showModal();
  },
};

for (let score = 0; score <= 10; score += 1) {
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: score });
  button.setAttribute('role', 'radio');
  button.setAttribute('aria-checked', 'false');
  button.addEventListener('click', () => {
    rating = score;
    for (const other of by('scale').children) other.setAttribute('aria-checked', String(other === button));
  });
  by('scale').append(button);
}
by('nps').addEventListener('close', ({ target }) => {
  if (target.returnValue !== 'send' || rating === null) return;
  const reason = by('reason').value;
  tell('npsSubmitted', { ...survey, guideProperties: { name: 'Recommend Lumen?' }, nps: { rating, reason } });
});
by('poll').addEventListener('close', ({ target }) => {
  if (target.returnValue !== 'send') return;
  const response = target.querySelector(':checked').value;
  const poll = { id: 'demo-poll', question: 'What do you light?', type: 'PickList', response };
  tell('pollSubmitted', { ...question, guideProperties: { name: 'What do you light?' }, poll });
});

function tell(type, properties) {
  const item = {
    type,
    messageId: `demo-${crypto.randomUUID()}`,
    visitorId: agent?.getVisitorId() ?? 'demo',
    accountId: agent?.getAccountId() ?? '',
    timestamp: Date.now(),
    url: location.href,
    title: document.title,
    properties,
  };
  const told = showTold(type, item);
  const body = JSON.stringify({ sentAt: Date.now(), events: [item] });
  fetch(`/data/agent/${apiKey}`, { method: 'POST', body }).then(
    ({ ok, status }) => mark(told, ok ? 'in the ledger' : `refused: ${status}`, ok ? 'good' : 'bad'),
    () => mark(told, 'no server', 'bad'),
  );
}

// What has happened in this page.
function showTold(type, { properties, visitorId, title }) {
  by('told-hint').hidden = true;
  const chain = properties.elements ?? [];
  const words = {
    click: `${chain[0]?.text ?? chain[0]?.tag}${properties.dead ? ', dead' : ''}${properties.rage ? ', in a rage' : ''}`,
    track: properties.name,
    pageLoad: title,
    identify: properties.visitor?.name ?? 'anonymous',
  };
  return entry(
    by('told'),
    type,
    `${words[type] ?? properties.guideProperties?.name ?? properties.name} · ${visitorId}`,
    'waiting',
  );
}

function settle(text, look) {
  for (const state of by('told').querySelectorAll('.state:not(.good)')) {
    state.textContent = text;
    state.className = `state ${look}`;
  }
}

function mark(told, text, look) {
  const state = told.querySelector('.state');
  state.textContent = text;
  state.className = `state ${look}`;
}

function entry(list, name, detail, state) {
  const item = document.createElement('li');
  item.append(line('b', [name]), Object.assign(line('em', [state]), { className: 'state' }), line('span', [detail]));
  list.prepend(item);
  while (list.children.length > 40) list.lastChild.remove();
  return item;
}

function line(tag, texts) {
  const element = document.createElement(tag);
  element.append(...texts.map((text) => Object.assign(document.createElement('span'), { textContent: text })));
  if (tag !== 'li') element.textContent = texts.join(' ');
  return element;
}

// What has come of it at the webhooks.
let watching = 0;
let seen = '';
by('watch').addEventListener('submit', (event) => {
  event.preventDefault();
  clearInterval(watching);
  seen = '';
  const key = by('key').value.trim();
  watching = setInterval(() => void look(key), 1000);
  void look(key);
});

async function look(key) {
  const hint = by('sent-hint');
  try {
    const response = await fetch('/api/v1/deliveries?limit=20', { headers: { authorization: `Bearer ${key}` } });
    if (!response.ok) {
      clearInterval(watching);
      hint.hidden = false;
      hint.textContent =
        response.status === 401 ? 'This is no integration key.' : `The server answers ${response.status}.`;
      return;
    }
    const { items } = await response.json();
    // A list that is made anew for nothing would pass for what came of a click.
    if (JSON.stringify(items) === seen) return;
    seen = JSON.stringify(items);
    hint.hidden = items.length > 0;
    hint.textContent =
      'Nothing yet: is there a webhook that is on? `npx bellwire listen` with an integration key makes one.';
    by('sent').replaceChildren();
    for (const { eventType, webhookName, visitorId, state, lastStatus, lastCode } of items.toReversed()) {
      const shown = entry(by('sent'), eventType, `${webhookName} · ${visitorId}`, '');
      const code = state === 'delivered' ? lastStatus : lastCode;
      mark(shown, `${state}${code === null ? '' : ` ${code}`}`, { delivered: 'good', failed: 'bad' }[state] ?? '');
    }
  } catch {
    hint.hidden = false;
    hint.textContent = 'The server does not answer.';
  }
}
