// What the tests show, on a server and in a browser.

import { createClient } from '@belfry/client';
import { useEffect, useState, type ReactNode } from 'react';
import {
  Bell, BelfryProvider, Inbox, Toasts, useBelfry, useConnection, useCounts, useNotifications, useTopic, useTyping, type Filter, type Page,
} from '../src/index.js';

export interface Config {
  readonly scene: keyof typeof scenes;
  readonly url: string;
  readonly token: string;
  readonly initial?: Page;
  /** The app makes the client itself. */
  readonly own?: boolean;
}

/** Where a scene notes what it heard, for the test to read. */
export const heard: unknown[] = [];

export function App({ scene, own, ...given }: Config): ReactNode {
  const [there, setThere] = useState(true);
  const [client] = useState(() => (own ? createClient(given) : undefined));
  useEffect(() => {
    client?.connect();
  }, [client]);
  const props = client ? { client } : given;
  const Scene = scenes[scene];
  return (
    <>
      <button id="leave" onClick={() => setThere(false)} />
      {there && (
        <BelfryProvider {...props} localization={{ notifications: 'Mail' }} navigate={(url) => heard.push(['navigate', url])}>
          <Scene />
        </BelfryProvider>
      )}
    </>
  );
}

const scenes = { hooks: Hooks, topic: Topic, inbox: CustomInbox, bell: PlainBell, controlled: Controlled, stubborn: Stubborn, toasts: CustomToasts };

function Hooks(): ReactNode {
  const { unread, unseen } = useCounts();
  const { status } = useConnection();
  const [filter, setFilter] = useState<Filter>('');
  const { items, markRead, archiveAll, ...list } = useNotifications({ filter });
  return (
    <>
      <output>{`${unread} unread, ${unseen} unseen, ${status}, ${list.status}`}</output>
      <ul>{items.map((item) => <li key={item.id} className={item.readAt ? 'read' : ''} onClick={() => markRead(item.id)}>{item.title}</li>)}</ul>
      <button id="unread" onClick={() => setFilter('unread')} />
      <button id="clear" onClick={() => archiveAll()} />
    </>
  );
}

function Topic(): ReactNode {
  const { items } = useTopic('doc.1');
  const { users, type } = useTyping('doc.1');
  return (
    <>
      <output>{users.join()}</output>
      <ul>{items.map((item) => <li key={item.id}>{item.title}</li>)}</ul>
      <input onKeyDown={type} />
    </>
  );
}

function CustomInbox(): ReactNode {
  const [prefix, setPrefix] = useState('It is');
  return (
    <>
      <style>{'.mine { color: rgb(1, 2, 3); }'}</style>
      <Inbox
        className="box" style={{ height: 400 }} tabs={[{ id: 'mine', label: 'Mine' }]}
        renderItem={(item) => (
          <p className="mine">
            {`${prefix} ${item.title}`}
            <button onClick={() => heard.push(['mine', item.title])}>Mine</button>
            <input aria-label={item.title} />
            <i onClick={(event) => event.stopPropagation()}>Quiet</i>
          </p>
        )}
        renderEmpty={() => <p className="none">Nothing at all</p>}
        onItemClick={(item, event) => (event.preventDefault(), heard.push(['item', item.title]))}
        onAction={(item, action) => heard.push(['action', item.title, action.id])}
      />
      <button id="prefix" onClick={() => setPrefix('Now')} />
    </>
  );
}

function PlainBell(): ReactNode {
  return <Bell renderBell={({ unread }) => <b id="face">{`${unread} new`}</b>} renderItem={(item) => <i className="mine">{item.title}</i>} />;
}

function Controlled(): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button id="outside" onClick={() => setOpen(true)} />
      <output>{String(open)}</output>
      <Bell placement="bottom-start" open={open} onOpenChange={(wanted) => (heard.push(wanted), setOpen(wanted))} />
    </>
  );
}

/** An app that lets nobody open it. */
function Stubborn(): ReactNode {
  return <Bell open={false} onOpenChange={(wanted) => heard.push(wanted)} />;
}

function CustomToasts(): ReactNode {
  const { connection } = useBelfry();
  return <Toasts position="top-center" className={connection.status} renderItem={(item) => <b className="mine">{item.title}!</b>} />;
}
