/** Who calls, and what that caller may do. */
import { type KeyId, refuse, type Refused, type Scope } from '#contracts';

export interface Caller {
  keyId: KeyId;
  /** As the key was named when it was made. */
  name: string;
  scope: Scope;
  /** `key:<key id>`, as it stands in the log. */
  actor: string;
}

const viewer = ['read'] as const;
const agent = [...viewer, 'run', 'deploy', 'schedule'] as const;
const operator = [...agent, 'stop', 'pause', 'purge', 'register', 'remove'] as const;
const admin = [...operator, 'keys'] as const;

/** What each scope allows. Every route and tool names one action. */
export const actionsOf = { viewer, agent, operator, admin } as const satisfies Record<Scope, readonly string[]>;

export type Action = (typeof admin)[number];
export const actions: readonly Action[] = admin;

export function may(caller: Pick<Caller, 'scope'>, action: Action): boolean {
  return (actionsOf[caller.scope] as readonly Action[]).includes(action);
}

/** Undefined when the caller may. */
export function forbid(caller: Caller, action: Action): Refused | undefined {
  if (may(caller, action)) return undefined;
  const scopes = (Object.keys(actionsOf) as Scope[]).filter((scope) => may({ scope }, action));
  return refuse('auth.forbidden', `The key "${caller.name}" has the scope ${caller.scope}, which may not ${action}.`, {
    hint: `Use a key with the scope ${scopes.join(' or ')}.`,
    details: { action, scope: caller.scope, allowedScopes: scopes },
  });
}
