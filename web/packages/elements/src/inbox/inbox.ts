import type { Client, Filter, Item, Snapshot } from '@belfry/client';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { BelfryElement } from '../element.js';
import { theme } from '../theme/theme.js';
import { onTick } from '../time.js';
import { Acts } from './acts.js';
import { head } from './head.js';
import { styles } from './inbox.styles.js';
import { commandOf, type Command } from './keys.js';
import { Outage } from './outage.js';
import { isInField } from './own.js';
import { itemsOf, rowsOf, type Row } from './rows.js';
import { rowTemplate, type Around } from './row.js';
import { Screen } from './screen.js';
import { snoozeMenu } from './snooze.js';
import { connectionStrip, placeholder, undoBar } from './states.js';
import { states } from './states.styles.js';
import { defaultTabs, viewOf, type Tab } from './tabs.js';
import { Window } from './window.js';

const nothingYet: Snapshot = { items: [], counts: { unread: 0, unseen: 0 }, status: 'pending', hasMore: false, error: undefined };
/** How near to the end of what is loaded more is loaded, in rows. */
const nearEnd = 8;

/**
 * The inbox: tabs, groups, marks, by mouse and keyboard. What is on the screen is marked seen; read is by item.
 *
 * @tag belfry-inbox
 * @slot empty - What is shown when there is nothing.
 * @fires belfry-open - An item is opened; cancelable.
 * @fires belfry-action - A button of an item is clicked; cancelable.
 * @fires belfry-error - A mark was refused and taken back.
 * @csspart inbox - All of it.
 * @csspart header - The heading, and what can be done with everything.
 * @csspart tabs - The row of tabs.
 * @csspart tab - One of them.
 * @csspart item - One row.
 * @csspart content - What renderItem gives.
 * @csspart avatar - The picture of whoever acted, or of the level.
 * @csspart title - The title of an item.
 * @csspart body - Its text.
 * @csspart image - Its picture.
 * @csspart actions - Its actions.
 * @csspart action - One of them.
 * @csspart tools - The buttons that appear on a row.
 * @csspart menu - The times to snooze until.
 * @csspart undo - What was just done.
 * @csspart offline - That there is no connection.
 */
export class BelfryInbox extends BelfryElement {
  static override styles = [theme, styles, states];

  static override properties = {
    tabs: { attribute: false },
    tab: {},
    renderItem: { attribute: false },
  };

  /** Default: all, unread, snoozed, archived. */
  declare tabs: readonly Tab[] | undefined;
  /** The id of the tab that is shown. Default: the first. */
  declare tab: string | undefined;
  /** What an item shows instead of its title and body. */
  declare renderItem: ((item: Item) => unknown) | undefined;

  readonly #snapshots = new Map<string, Snapshot>();
  readonly #window = new Window(76);
  readonly #screen = new Screen(this, () => this.#look());
  readonly #acts = new Acts(() => ({
    inbox: this.belfry?.inbox, language: this.language, mark: (marked) => this.mark(marked), changed: () => this.requestUpdate(),
  }));
  readonly #open = new Set<string>();
  readonly #resized = new ResizeObserver((entries) => this.#measure(entries));
  readonly #leave = (): void => this.#acts.undo.commit();
  #rows: Row[] = [];
  #made: readonly unknown[] = [];
  #active: string | undefined;
  #index = 0;
  #hadFocus = false;
  readonly #outage = new Outage(() => this.requestUpdate());
  #said = '';
  #snoozing: Row | undefined;
  #untick: (() => void) | undefined;
  readonly #views = new Map<string, () => void>();
  #viewed: readonly unknown[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#untick = onTick(() => this.requestUpdate());
    addEventListener('pagehide', this.#leave);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#untick?.();
    this.#outage.end();
    this.#leave();
    removeEventListener('pagehide', this.#leave);
    this.#unview();
  }

  /** Moves the focus to the active item, or where there is none to the tabs. */
  override focus(options?: FocusOptions): void {
    const target = this.#article(this.#active) ?? this.renderRoot.querySelector<HTMLElement>('[role=tab][aria-selected=true]');
    target?.focus(options);
  }

  protected attach(client: Client): () => void {
    this.#outage.take(client.connection);
    const offs = [
      client.on('connection', (c) => this.#outage.take(c)),
      client.on('counts', () => this.#look()),
      client.on('notification', (item, { live }) => this.#announce(item, live)),
    ];
    return () => offs.forEach((off) => off());
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    this.#view();
    const made = [this.#snapshot.items, this.#open.size, this.#acts.hidden.size, [...this.#open].join()];
    this.#hadFocus = !!(this.renderRoot as ShadowRoot | undefined)?.activeElement?.closest('.feed');
    if (made.some((m, i) => m !== this.#made[i])) this.#makeRows();
    this.#made = made;
  }

  #makeRows(): void {
    const scroll = this.#scroller;
    const at = this.#window.at(scroll?.scrollTop ?? 0);
    const [anchor, offset] = [this.#rows[at]?.key, (scroll?.scrollTop ?? 0) - this.#window.top(at)];
    const items = this.#acts.hidden.size ? this.#snapshot.items.filter((i) => !this.#acts.hidden.has(i.id)) : this.#snapshot.items;
    this.#rows = rowsOf(items, this.#open);
    this.#window.lay(this.#rows.map((r) => r.key));
    const found = this.#rows.findIndex((r) => r.key === this.#active);
    this.#index = found >= 0 ? found : Math.min(this.#index, Math.max(0, this.#rows.length - 1));
    this.#active = this.#rows[this.#index]?.key;
    const kept = scroll?.scrollTop ? this.#rows.findIndex((r) => r.key === anchor) : -1;
    if (kept >= 0 && scroll) scroll.scrollTop = this.#window.top(kept) + offset;
  }

  protected override updated(): void {
    this.#resized.disconnect();
    for (const article of this.renderRoot.querySelectorAll('article')) this.#resized.observe(article);
    if (this.#hadFocus && !(this.renderRoot as ShadowRoot).activeElement) this.focus({ preventScroll: true });
    const [, to] = this.#range();
    const { status, hasMore } = this.#snapshot;
    if (status === 'ready' && hasMore && to > this.#rows.length - nearEnd) void this.#activeView()?.loadMore();
  }

  protected override render(): TemplateResult {
    const { language, shownTab: tab } = this;
    const feed = html`<div class="scroll" id="panel" role="tabpanel" aria-labelledby="tab-${tab.id}" @scroll=${this.#scrolled}>
      <div class="feed" role=${this.#rows.length ? 'feed' : 'presentation'} aria-busy=${this.#snapshot.status === 'loading'}
        aria-label=${this.#rows.length ? language.text('notifications') : nothing}
        .style=${`height: ${this.#window.height}px`} @keydown=${this.#key} @focusin=${this.#focused}>
        ${repeat(this.#visible(), (i) => this.#rows[i]?.key, (i) => this.#row(i))}
      </div>
      ${placeholder(this.#snapshot, this.#rows.length, tab.filter ?? '', language, this.#retry)}
    </div>`;
    return html`<div class="inbox" part="inbox" dir=${language.dir}>
      ${head(this.#headOf())}
      ${connectionStrip(this.#outage.told, language, this.#retry)}
      ${feed}
      ${undoBar(this.#acts.undo.current, language, () => this.#acts.undo.undo())}
      <div class="sr" role="status">${this.#said}</div>
      ${snoozeMenu(language, (until) => this.#snooze(until))}
    </div>`;
  }

  #headOf(): Parameters<typeof head>[0] {
    const { language, scope, shownTabs: tabs, shownTab } = this;
    return {
      language, tabs, shown: shownTab.id, snapshots: this.#snapshots, chime: scope?.chime, notices: !!scope?.notices,
      unread: this.#snapshot.counts.unread, any: this.#rows.length > 0, choose: (id) => this.#choose(id),
      readAll: () => this.mark(this.belfry?.inbox.markAllRead()), archiveAll: () => this.#acts.archiveAll(this.#snapshot.items.map((i) => i.id), !this.#snapshot.hasMore),
      changed: () => this.requestUpdate(),
    };
  }

  #row(i: number): TemplateResult {
    const { language, renderItem } = this;
    const around: Around = {
      language, renderItem, now: Date.now(), filter: this.#filter, size: this.#snapshot.hasMore ? -1 : this.#rows.length,
      run: (command, row, event) => this.#run(command, row, event), act: (item, action, event) => this.act(item, action, event),
    };
    return rowTemplate(this.#rows[i] as Row, i, this.#window.top(i), i === this.#index, around);
  }

  private get shownTabs(): readonly Tab[] {
    return this.tabs?.length ? this.tabs : defaultTabs;
  }

  private get shownTab(): Tab {
    return this.shownTabs.find((t) => t.id === this.tab) ?? (this.shownTabs[0] as Tab);
  }

  get #filter(): Filter {
    return this.shownTab.filter ?? '';
  }

  get #snapshot(): Snapshot {
    return this.#snapshots.get(this.shownTab.id) ?? nothingYet;
  }

  get #scroller(): HTMLElement | null {
    return (this.renderRoot as ShadowRoot | undefined)?.querySelector<HTMLElement>('.scroll') ?? null;
  }

  #article(key: string | undefined): HTMLElement | undefined {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('article')].find((a) => a.dataset.key === key);
  }

  // -- what is shown

  /** The tab that is shown comes first; the others, which only count, when it is there. */
  #view(): void {
    const { belfry: client, shownTabs: tabs, shownTab } = this;
    if (client !== this.#viewed[0] || tabs !== this.#viewed[1]) this.#unview();
    this.#viewed = [client, tabs];
    if (!client) return;
    const wanted = this.#snapshot.status === 'ready' && this.hasUpdated ? tabs : [shownTab];
    for (const tab of wanted) {
      if (!this.#views.has(tab.id)) this.#views.set(tab.id, viewOf(client, tab).subscribe((s) => this.#took(tab.id, s)));
    }
  }

  #took(id: string, snapshot: Snapshot): void {
    const before = this.#snapshots.get(id)?.items ?? [];
    const same = before.length === snapshot.items.length && before.every((item, i) => item === snapshot.items[i]);
    this.#snapshots.set(id, same ? { ...snapshot, items: before } : snapshot);
    this.requestUpdate();
  }

  #unview(): void {
    this.#views.forEach((off) => off());
    this.#views.clear();
    this.#viewed = [];
    this.#snapshots.clear();
  }

  #activeView(): ReturnType<typeof viewOf> | undefined {
    return this.belfry && viewOf(this.belfry, this.shownTab);
  }

  #range(): [number, number] {
    const scroll = this.#scroller;
    return this.#window.range(scroll?.scrollTop ?? 0, scroll?.clientHeight || 700);
  }

  /** The rows near the viewport, and the active one, which may hold the focus. */
  #visible(): number[] {
    const [from, to] = this.#range();
    const rows = Array.from({ length: to - from }, (_, i) => from + i);
    if (this.#index < from && this.#rows.length) return [this.#index, ...rows];
    return this.#index >= to && this.#index < this.#rows.length ? [...rows, this.#index] : rows;
  }

  #drawn = '';
  readonly #scrolled = (): void => {
    const drawn = this.#range().join();
    if (drawn !== this.#drawn) this.requestUpdate();
    this.#drawn = drawn;
  };

  #measure(entries: readonly ResizeObserverEntry[]): void {
    const heights = new Map(
      entries.map(({ target, borderBoxSize: [size] }) => [(target as HTMLElement).dataset.key ?? '', size?.blockSize ?? 0] as const),
    );
    const scroll = this.#scroller;
    const grown = this.#window.measure(heights, scroll?.scrollTop ?? 0);
    if (grown === undefined) return;
    if (grown && scroll) scroll.scrollTop += grown;
    this.requestUpdate();
  }

  #announce(item: Item, live: boolean): void {
    if (!live || item.inbox === false || !this.matches(':focus-within')) return;
    this.#said = this.language.text('arrived', 1);
    this.requestUpdate();
  }

  /** What is before the user's eyes is seen. */
  #look(): void {
    const { belfry: client } = this;
    if (client?.cursor && this.#screen.visible && client.inbox.counts.unseen) this.mark(client.inbox.markAllSeen());
  }

  readonly #retry = (): void => {
    this.belfry?.connect();
    if (this.#snapshot.status === 'failed') void this.#activeView()?.loadMore();
  };

  // -- what the user does

  #choose(id: string): void {
    this.tab = id;
    this.#index = 0;
    this.#active = undefined;
    this.#scroller?.scrollTo({ top: 0 });
  }

  #focused(event: FocusEvent): void {
    // What renderItem gives may stand in a slot, and so outside of this tree.
    const key = (event.composedPath() as HTMLElement[]).find((at) => at.localName === 'article')?.dataset.key;
    if (!key || key === this.#active) return;
    this.#active = key;
    this.#index = this.#rows.findIndex((r) => r.key === key);
    this.requestUpdate();
  }

  #key(event: KeyboardEvent): void {
    const command = commandOf(event, this.language.dir === 'rtl');
    const row = this.#rows[this.#index];
    if (!command || !row || isInField(event)) return;
    if (command === 'open' && (event.target as HTMLElement).closest('a, button')) return; // they do it themselves
    event.preventDefault();
    this.#run(command, row, event);
  }

  #run(command: Command, row: Row, event?: Event): void {
    const ids = itemsOf(row).map((i) => i.id);
    const inbox = this.belfry?.inbox;
    const moves: Partial<Record<Command, number>> = { next: this.#index + 1, previous: this.#index - 1, first: 0, last: this.#rows.length - 1 };
    const to = moves[command];
    if (to !== undefined) return void this.#go(to);
    switch (command) {
      case 'open':
        return row.kind === 'group' && !row.open && event?.type === 'keydown' ? this.#toggle(row, true) : this.openItem(row.item, event);
      case 'read':
        return this.mark(inbox?.markRead(ids));
      case 'unread':
        return this.mark(inbox?.markUnread(ids));
      case 'archive':
        return this.#filter === 'archived' ? this.mark(inbox?.unarchive(ids)) : this.#acts.archive(ids);
      case 'delete':
        return this.#acts.delete(ids);
      case 'snooze':
        return this.#filter === 'snoozed' ? this.mark(inbox?.unsnooze(ids)) : this.#offerSnooze(row);
      case 'undo':
        return this.#acts.undo.undo();
      default:
        return this.#toggle(row, command === 'expand');
    }
  }

  async #go(to: number): Promise<void> {
    this.#index = Math.max(0, Math.min(to, this.#rows.length - 1));
    this.#active = this.#rows[this.#index]?.key;
    this.requestUpdate();
    await this.updateComplete;
    const article = this.#article(this.#active);
    article?.focus({ preventScroll: true });
    article?.scrollIntoView({ block: 'nearest' });
  }

  #toggle(row: Row, open: boolean): void {
    if (row.kind !== 'group') return;
    if (open) this.#open.add(row.key);
    else this.#open.delete(row.key);
    this.requestUpdate();
  }

  #offerSnooze(row: Row): void {
    const menu = this.renderRoot.querySelector<HTMLElement>('.menu');
    const article = this.#article(row.key);
    if (!menu || !article) return;
    this.#snoozing = row;
    menu.showPopover();
    const [box, rtl] = [article.getBoundingClientRect(), this.language.dir === 'rtl'];
    const left = rtl ? box.left + 12 : box.right - menu.offsetWidth - 12;
    const top = Math.max(8, Math.min(box.top + 34, innerHeight - menu.offsetHeight - 8));
    Object.assign(menu.style, { left: `${left}px`, top: `${top}px` });
    menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
  }

  #snooze(until: Date): void {
    const row = this.#snoozing;
    this.renderRoot.querySelector<HTMLElement>('.menu')?.hidePopover();
    if (!row) return;
    this.#acts.snooze(itemsOf(row).map((i) => i.id), until);
    this.focus({ preventScroll: true });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'belfry-inbox': BelfryInbox;
  }
}
