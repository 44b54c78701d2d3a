/** One thing that doctor looks at. */
export interface Finding {
  /** `note`: works, but something is worth knowing. */
  state: 'ok' | 'note' | 'bad';
  detail: string;
  /** How to mend it. */
  mend?: string;
}

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  /** Of the local stack. */
  home: string;
  url: string | undefined;
  apiKey: string | undefined;
}

export interface Check {
  name: string;
  look(around: Surroundings): Promise<Finding>;
}

export const ok = (detail: string): Finding => ({ state: 'ok', detail });
export const note = (detail: string, mend: string): Finding => ({ state: 'note', detail, mend });
export const bad = (detail: string, mend: string): Finding => ({ state: 'bad', detail, mend });
