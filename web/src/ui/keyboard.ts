import type { KeyboardEvent } from "react";

/**
 * Whether a key belongs to an input method. Safari ends the composition before it reports the Enter that confirmed it,
 * and marks that Enter with the key code 229.
 */
export const isComposing = ({ nativeEvent }: KeyboardEvent) => nativeEvent.isComposing || nativeEvent.keyCode === 229;
