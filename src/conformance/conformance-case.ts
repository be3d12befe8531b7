/** One thing that a component must do. */
export interface ConformanceCase {
  readonly name: string;
  /** @throws AssertionError if the component does not */
  readonly run: () => Promise<void>;
}

/** What the setups of all kinds of components have in common. */
export interface CommonSetup {
  /**
   * Nothing that should happen takes longer than this, in ms. Give the tests more time than that, or the test runner gives up
   * before the kit can say what it waits for.
   *
   * @defaultValue 20,000
   */
  readonly patience?: number;
}

/** The patience of the kit, in ms. */
export const DEFAULT_PATIENCE = 20_000;
