/** Every NATS subject in one place. `ns` is the namespace of the stack. */
export const subjects = {
  request: (ns: string, pattern: string) => `${ns}.request.${pattern}`,
  /** "Something of this category was appended": a wake-up, never the news itself. */
  appended: (ns: string, category: string) => `${ns}.appended.${category}`,
  allAppended: (ns: string) => `${ns}.appended.*`,
  /** Where one gateway hears that runs it waits for have finished. */
  finished: (ns: string, gatewayId: string) => `${ns}.finished.${gatewayId}`,
  event: (ns: string, category: string, type: string) => `${ns}.events.${category}.${type}`,
  allEvents: (ns: string) => `${ns}.events.>`,
} as const;

/** The JetStream stream that carries every event outwards. */
export const eventStreamName = (ns: string): string => `${ns.toUpperCase()}_EVENTS`;
