/**
 * One thing that a component must do.
 *
 * @remarks Since 0.1.0
 */
export interface ConformanceCase {
  /** What it must do, for the name of a test. */
  readonly name: string;
  /**
   * Tries it.
   *
   * @throws AssertionError if the component does not
   */
  readonly run: () => Promise<void>;
}

/**
 * What the setups of all kinds of components have in common.
 *
 * @remarks Since 0.1.0
 */
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
