/** How a role process is doing, as it says itself with every heartbeat. */
import type { App, Module } from '#base/app';

/** What is wrong and what to do about it, for an operator. Shown without sign-in: no path, name or secret in it. */
export interface Problem {
  readonly zh: string;
  readonly en: string;
}

export interface RoleHealth {
  /** None: the role is well. */
  readonly problems: readonly Problem[];
  /** Numbers behind it; kept in the database, not shown by `GET /healthz`. */
  readonly figures: Readonly<Record<string, number | null>>;
}

/** What the modules that work in this role say, put together. */
export async function healthOfModules(
  app: App,
  modules: readonly Module[],
  role: string,
): Promise<RoleHealth> {
  const told = await Promise.all(modules.map((module) => module.health?.(app, role)));
  const parts = told.filter((one) => one != null);
  return {
    problems: parts.flatMap((one) => one.problems),
    figures: Object.assign({}, ...parts.map((one) => one.figures)),
  };
}
