import type { Inbox } from '@belfry/client';
import type { Language } from '../strings/strings.js';
import { Undo } from './undo.js';

/** The inbox that the acts are for. */
export interface Acting {
  readonly inbox: Inbox | undefined;
  readonly language: Language;
  /** Reports a mark that is refused. */
  readonly mark: (marked: Promise<unknown>) => void;
  /** There is something else to show. */
  readonly changed: () => void;
}

type Ids = readonly string[];

/** The acts that can be taken back. */
export class Acts {
  readonly undo: Undo;
  /** What is deleted as soon as the time to undo is over. */
  readonly hidden = new Set<string>();

  constructor(private readonly acting: () => Acting) {
    this.undo = new Undo(() => this.acting().changed());
  }

  archive(ids: Ids): void {
    const { inbox, language, mark } = this.acting();
    if (!inbox) return;
    mark(inbox.archive(ids));
    this.undo.offer({ text: language.text('didArchive', ids.length), undo: () => mark(inbox.unarchive(ids)) });
  }

  /** Everything, of which `ids` is loaded: to be taken back only if that is all. */
  archiveAll(ids: Ids, all: boolean): void {
    const { inbox, language, mark } = this.acting();
    if (!inbox || !ids.length) return;
    mark(inbox.archiveAll());
    if (all) this.undo.offer({ text: language.text('didArchive', ids.length), undo: () => mark(inbox.unarchive(ids)) });
  }

  /** Nothing brings back what was deleted, so it is hidden first. */
  delete(ids: Ids): void {
    const { inbox, language, mark, changed } = this.acting();
    if (!inbox) return;
    const show = (): void => {
      for (const id of ids) this.hidden.delete(id);
      changed();
    };
    const commit = (): void => {
      mark(inbox.delete(ids));
      show();
    };
    this.undo.offer({ text: language.text('didDelete', ids.length), undo: show, commit });
    for (const id of ids) this.hidden.add(id);
    changed();
  }

  snooze(ids: Ids, until: Date): void {
    const { inbox, language, mark } = this.acting();
    if (!inbox) return;
    mark(inbox.snooze(ids, until));
    this.undo.offer({ text: language.text('didSnooze', ids.length), undo: () => mark(inbox.unsnooze(ids)) });
  }
}
