import type { OptionsSchema, SinkDefinition } from 'logcaster/plugin';

/** The options of the sink `webhook`. */
export interface WebhookOptions {
  /** Where to post to. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string;
}

/** The sink `webhook`: posts lines to a URL. */
export declare const webhook: SinkDefinition<OptionsSchema<WebhookOptions>>;

// With this, `defineConfig` knows the type `webhook` and its options.
declare module 'logcaster' {
  interface SinkOptionsByType {
    webhook: WebhookOptions;
  }
}
