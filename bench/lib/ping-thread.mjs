import { connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { requestBytes } from "./tokens.mjs";

// One request after the other on one connection, in a thread of its own: tells the longest that an answer took since it was last asked.
const bytes = requestBytes({ host: "nobody.example.test" });
let sentAt = performance.now();
let longest = 0;
const socket = connect(workerData, "127.0.0.1", () => send());
socket.setNoDelay(true);
const send = () => {
  sentAt = performance.now();
  socket.write(bytes);
};
socket.on("data", () => {
  longest = Math.max(longest, performance.now() - sentAt);
  send();
});
parentPort?.on("message", () => {
  parentPort?.postMessage(Math.max(longest, performance.now() - sentAt));
  longest = 0;
});
