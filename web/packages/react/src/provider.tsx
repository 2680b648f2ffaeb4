import { BelfryError, type AnyData, type Client, type Options } from '@belfry/client';
import type { BelfryProvider as Provider, Strings } from '@belfry/elements';
import { createContext, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react';
import { adopt, hold, type Held } from './held.js';
import { heard, host, useElements, useLayout, useListeners, useProperties, useSame, useStable, type Listening } from './host.js';

const Context = createContext<Held | undefined>(undefined);

type Passed<Data extends object> = Pick<Options<Data>, 'url' | 'token' | 'topics' | 'items' | 'transport' | 'initial'>;

export interface BelfryProviderProps<Data extends object = AnyData>
  extends Listening<Data>, Readonly<{ [Name in keyof Passed<Data>]?: Passed<Data>[Name] | undefined }> {
  /** Asks your backend for the user's token. Another user is another inbox: give the provider the user's id as its `key`. */
  readonly getToken?: (() => string | Promise<string>) | undefined;
  /** A client of your own, which you connect yourself; instead of `url` and a token. */
  readonly client?: Client<Data> | undefined;
  /** Default: system. */
  readonly theme?: 'system' | 'light' | 'dark' | undefined;
  /** A BCP 47 tag. Default: the `lang` around, or else English. */
  readonly locale?: string | undefined;
  /** Texts of your own, instead of the built-in ones. */
  readonly localization?: Partial<Strings> | undefined;
  /** The app's router, called with a path of this origin. Default: the page is left. */
  readonly navigate?: ((url: string) => void) | undefined;
  /** Sounds by level, with a mute switch in the inbox. */
  readonly sound?: boolean | undefined;
  /** The number of unread in front of the page's title. */
  readonly tabTitle?: boolean | undefined;
  /** The address of the icon to show while something is unread. */
  readonly favicon?: string | undefined;
  /** The number of unread on the installed app's icon. */
  readonly appBadge?: boolean | undefined;
  /** System notices while the page is hidden, and the button in the inbox that asks for them. */
  readonly systemNotice?: boolean | undefined;
  readonly children?: ReactNode;
}

/**
 * Gives everything inside it one client: the components and the hooks. It
 * connects while it is mounted, once it has a token or a way to ask for one.
 * Another `url`, `token` or `client` begins anew; `topics`, `items`, `transport`
 * and `initial` are read when it begins.
 */
export function BelfryProvider<Data extends object = AnyData>(props: BelfryProviderProps<Data>): ReactNode {
  const { theme = 'system', locale, localization, navigate, sound, tabTitle, favicon, appBadge, systemNotice, children } = props;
  const held = useHolding(props);
  const ref = useRef<Provider>(null);
  useElements(!!(sound || tabTitle || favicon || appBadge || systemNotice));
  useProperties(ref, {
    client: held.client, theme, locale, strings: useSame(localization), navigate: useStable(navigate), favicon,
    sound: !!sound, tabTitle: !!tabTitle, appBadge: !!appBadge, systemNotice: !!systemNotice,
  });
  useListeners(ref, heard(props));
  return <Context.Provider value={held}>{host('belfry-provider', { ref, style: { display: 'contents' } }, children)}</Context.Provider>;
}

function useHolding<Data extends object>(props: BelfryProviderProps<Data>): Held {
  const { client, url, token, getToken, topics, items, transport, initial } = props;
  const latest = useRef(getToken);
  useLayout(() => void (latest.current = getToken));
  const held = useMemo(() => {
    if (client) return adopt(client as unknown as Client);
    if (!url) throw new BelfryError('invalid', 'url is missing: give <BelfryProvider> the address of the server, or a client');
    const ask = (): string | Promise<string> => (latest.current as () => string | Promise<string>)();
    const given = Object.entries({ topics, items, transport, initial }).filter(([, value]) => value !== undefined);
    return hold({ url, ...(token ? { token } : { getToken: ask }), ...Object.fromEntries(given) });
  }, [client, url, token]);
  const ready = !!(token || getToken);
  useEffect(() => (ready ? held.enter() : undefined), [held, ready]);
  return held;
}

/** What the provider around gives. */
export function useHeld(): Held {
  const held = useContext(Context);
  if (!held) throw new Error('there is no <BelfryProvider> around this component; put one around the app');
  return held;
}
