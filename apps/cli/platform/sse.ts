/** Reads server-sent events from a response body. Source: the WHATWG HTML standard, section "Server-sent events". */
export interface ServerSentEvent {
  id: string;
  event: string;
  data: string;
}

/** An event that is only an id (a heartbeat that tells the place) comes with empty data. */
export async function* eventsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split(/\r?\n\r?\n/);
    text = blocks.pop() ?? '';
    for (const block of blocks) yield eventOf(block);
  }
}

function eventOf(block: string): ServerSentEvent {
  const event = { id: '', event: '', data: '' };
  for (const line of block.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([a-z]+): ?(.*)$/s.exec(line) ?? [];
    if (name === 'id' || name === 'event') event[name] = value;
    else if (name === 'data') event.data += event.data === '' ? value : `\n${value}`;
  }
  return event;
}
