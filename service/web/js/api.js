/** The service's REST side. The session is a cookie the page cannot read; no token is ever kept here. */

const TIMEOUT_MS = 20000;

/** What went wrong, in the service's own words. status 0: no answer came. */
export class ApiError extends Error {
  constructor(status, problem, retryAfterS) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? '';
    this.fields = problem.errors ?? [];
    this.retryAfterS = retryAfterS;
  }
}

const NO_ANSWER = { detail: 'The server does not answer. Check your connection and try again.', code: 'no_answer' };

let signedOut = () => {};

/** fn is called whenever a route other than login says that there is no session. */
export function onSignedOut(fn) {
  signedOut = fn;
}

async function problemOf(response) {
  try {
    return (await response.json()) ?? {};
  } catch {
    return {};
  }
}

/** Returns the JSON answer (null for 204). options: body, headers, signal, timeoutMs, drop (the answer's body is not read:
 * it holds tokens a page with a cookie has no use for). */
export async function api(method, path, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), options.timeoutMs ?? TIMEOUT_MS);
  const abort = () => stop.abort();
  options.signal?.addEventListener('abort', abort);
  try {
    const response = await fetch(path, {
      method,
      signal: stop.signal,
      cache: 'no-store',
      headers: { Accept: 'application/json', ...(options.body && { 'Content-Type': 'application/json' }), ...options.headers },
      body: options.body ? JSON.stringify(options.body) : undefined,
    });
    if (!response.ok) {
      throw new ApiError(response.status, await problemOf(response), Number(response.headers.get('Retry-After')) || 0);
    }
    if (options.drop || response.status === 204) {
      await response.body?.cancel();
      return null;
    }
    return await response.json();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (!(error instanceof ApiError)) throw new ApiError(0, NO_ANSWER, 0);
    if (error.status === 401 && error.code !== 'invalid_credentials') signedOut();
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}
