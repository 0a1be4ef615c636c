/** Whether the gateway begins to answer a subscription by events, as an operation that a build has made. */
export async function listens(endpoint, headers, operation) {
  const leaving = new AbortController();
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { ...headers, Accept: 'text/event-stream' },
    body: JSON.stringify(operation),
    signal: leaving.signal,
  });
  const first = await response.body.getReader().read();
  leaving.abort();
  return response.status === 200 && /^text\/event-stream/.test(response.headers.get('Content-Type')) && !first.done;
}
