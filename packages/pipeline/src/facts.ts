/** What is known of a request before anything is believed. The gateway reads it off the wire, the debugger makes it up. */
export interface RequestFacts {
  readonly method: string;
  /** The request target as it stood on the wire, byte for byte (latin1). */
  readonly target: string;
  /** Field names and values in turn, as on the wire: `[name, value, name, value, …]`; duplicates kept. */
  readonly rawHeaders: readonly string[];
  /** The socket's peer. */
  readonly remoteAddress: string;
  /** The request came over TLS (the node's own listener). */
  readonly secure: boolean;
  /** Id under which refusals and events are reported. */
  readonly requestId: string;
  /** The certificate that the client proved the key of, on the node's own TLS; one object for the whole connection. */
  readonly clientCertificate?: PresentedCertificates | null;
  /**
   * Another proxy tells of this request and forwards it itself (decision mode): it hands on whatever header its client wrote, so that no
   * certificate in a header is believed; and nothing is answered in the upstream's place, because a 2xx would send the request on.
   */
  readonly described?: boolean;
  /**
   * The request was let in before and is still open: it is decided again as it came then. Its proof of possession has done its work, so
   * that neither its time nor its use counts.
   */
  readonly decidedBefore?: boolean;
  /** Where the pipeline may remember the last verified credential of this connection. A memo yields a principal, never a decision. */
  readonly connection: ConnectionMemo | null;
}

/** What a client shows of itself in a TLS handshake. */
export interface PresentedCertificates {
  /** DER as latin1 strings: its own certificate first, then what it sent along. */
  readonly chain: readonly string[];
  /** Where the pipeline remembers what it made of them. */
  verified: unknown;
}

/** Belongs to one socket; written by the pipeline only. */
export interface ConnectionMemo {
  /** The `Authorization` value that was last verified here, byte for byte. */
  authorization: string;
  /** The verified token, with the tenant, IdP and configuration epoch for which it was verified. */
  verified: unknown;
}
