import { Counter, Gauge, type Registry } from "prom-client";
import type { TlsState } from "../tls/secure-plane.js";

/** @param read null on a node without TLS of its own: then there are no such series */
export function addTlsMetrics(registers: Registry[], read: () => TlsState | null): void {
  new Gauge({
    name: "sallyport_tls_certificate_expiry_timestamp_seconds",
    help: "When each certificate that the node serves ends, seconds since the epoch",
    labelNames: ["certificate"],
    registers,
    collect() {
      this.reset();
      for (const { name, notAfterMs } of read()?.certificates ?? []) this.set({ certificate: name }, notAfterMs / 1_000);
    },
  });
  new Gauge({
    name: "sallyport_tls_connections",
    help: "Open connections of the node's own TLS by protocol; a handshake under way counts as http1",
    labelNames: ["protocol"],
    registers,
    collect() {
      this.reset();
      const state = read();
      if (state === null) return;
      this.set({ protocol: "http1" }, state.connections - state.http2Connections);
      this.set({ protocol: "http2" }, state.http2Connections);
    },
  });
  new Counter({
    name: "sallyport_tls_handshake_failures_total",
    help: "Handshakes that came to nothing: no certificate for the name, no common protocol, no TLS at all, no end in time",
    registers,
    collect() {
      this.reset();
      this.inc(read()?.failedHandshakes ?? 0);
    },
  });
}
