// Requests to the API, and what is said where none comes through.

export const LOST = new Set([undefined, 502, 503, 504]); // statuses after which a request is sent again

const AGAIN = 1000; // milliseconds until a request that was not answered is sent again
const TIMEOUT = 15000;

export const pause = (time) => new Promise((done) => setTimeout(done, time));

export function sentence(text) {
  const ended = /[.!?…]$/.test(text) ? text : `${text}.`;
  return ended[0].toUpperCase() + ended.slice(1);
}

// What the review API answers; null where it has nothing to say. Where the session has ended, or its
// role is too low, the page goes to sign in instead.
export async function review(path, { method = "GET", body, ...options } = {}) {
  const answer = await fetch(`/v1/review/${path}`, {
    method,
    body: body instanceof Blob || body === undefined ? body : JSON.stringify(body),
    headers: { "X-Session": "required", ...(body && !(body instanceof Blob) && { "Content-Type": "application/json" }) },
    signal: AbortSignal.timeout(TIMEOUT),
    ...options,
  });
  if (answer.status === 401 || answer.status === 403) {
    location.assign(`/sign-in?to=%2Freview${answer.status === 403 ? "&needs=review" : ""}`);
    return new Promise(() => {});
  }
  const said = await answer.json().catch(() => null);
  if (answer.ok) return said;
  throw Object.assign(new Error(said?.error ?? "the server failed"), { status: answer.status });
}

export const post = (path, body) => review(path, { method: "POST", body, keepalive: true });

// Sends a request that may be sent twice, until the server accepts or refuses it.
export async function persist(send, unheard) {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!LOST.has(error.status)) throw error;
      unheard();
      await pause(AGAIN);
    }
  }
}
