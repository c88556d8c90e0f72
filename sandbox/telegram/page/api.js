// Every request to the sandbox, on the person's side. Nothing else on the page calls fetch.

/** The sandbox said no: `message` is its own sentence, `status` the HTTP status, 0 when there was no answer at all. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function call(path, { method = "GET", json, body } = {}) {
  const headers = json === undefined ? {} : { "Content-Type": "application/json" };
  let response;
  try {
    response = await fetch(`/sandbox/${path}`, { method, headers, body: json === undefined ? body : JSON.stringify(json) });
  } catch {
    throw new Refused("", 0);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(answer.error || `HTTP ${response.status}`, response.status);
  return answer;
}

const post = (path, json = {}) => call(path, { method: "POST", json });

export const users = async () => (await call("users")).users;
export const addUser = (person) => post("users", person);
/** The bot, its commands and description as this person sees them, and how its updates are delivered. */
export const state = (user = "") => call(`state?user=${user}`);
export const faults = () => call("faults");
export const addFault = (fault) => post("faults", fault);
export const clearFaults = () => call("faults", { method: "DELETE" });

export const messages = (user, after) => call(`chats/${user}/messages?after=${after}`);
export const eventsUrl = (user, after) => `/sandbox/chats/${user}/events?after=${after}`;
export const send = (user, text) => post(`chats/${user}/send`, { text });
export const press = (user, messageId, data) => post(`chats/${user}/press`, { message_id: messageId, data });
export const answer = (user, queryId) => call(`chats/${user}/answers/${encodeURIComponent(queryId)}`);
export const pay = (user, messageId, again) =>
  post(`chats/${user}/pay`, again ? { message_id: messageId, again: true } : { message_id: messageId });
export const block = (user) => post(`chats/${user}/block`);
export const unblock = (user) => post(`chats/${user}/unblock`);
export const fileUrl = (fileId) => `/sandbox/files/${encodeURIComponent(fileId)}`;

/** Send one file as `kind` (photo, document, video, audio, voice), with a caption or without. */
export function upload(user, file, kind, caption) {
  const body = new FormData();
  body.append("kind", kind);
  if (caption) body.append("caption", caption);
  body.append("file", file, file.name || `${kind}.${(file.type.split("/")[1] || "bin").split("+")[0]}`);
  return call(`chats/${user}/upload`, { method: "POST", body });
}
