/** One thing that a component must do. */
export interface ConformanceCase {
  readonly name: string;
  /** @throws AssertionError if the component does not */
  readonly run: () => Promise<void>;
}
