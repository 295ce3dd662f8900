import { describeForOpenApi, propertiesByValidators } from './openapi.js';

/**
 * Base class of an app's own variables. A property `userId` is sent as `x:user_id`; its value is sent as text, and
 * converted back to a number, a boolean or a date if the property is declared as one.
 *
 * ```ts
 * class AvatarVariables extends CustomVariablesDto {
 *   @IsString() userId!: string;
 *   @IsInt() albumId!: number;
 * }
 * ```
 *
 * The uploader can read the variables, but not change them: the ticket covers their values.
 * @category Callback routes
 */
export abstract class CustomVariablesDto {}

describeForOpenApi(CustomVariablesDto, propertiesByValidators);

/**
 * A class of custom variables.
 * @inline
 */
export type CustomVariablesType<T extends CustomVariablesDto = CustomVariablesDto> = new () => T;
