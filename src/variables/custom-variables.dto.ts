import { describeForOpenApi, propertiesByValidators } from './openapi.js';

/**
 * Base of an app's own variables. A property `userId` travels as `x:user_id`; its value is text on the way, and
 * becomes a number or a boolean again where the property is declared as one.
 *
 * ```ts
 * class AvatarVariables extends CustomVariablesDto {
 *   @IsString() userId!: string;
 *   @IsInt() albumId!: number;
 * }
 * ```
 *
 * The uploader can read the variables. He cannot change them: the ticket covers their values.
 */
export abstract class CustomVariablesDto {}

describeForOpenApi(CustomVariablesDto, propertiesByValidators);

/** A class of custom variables. */
export type CustomVariablesType<T extends CustomVariablesDto = CustomVariablesDto> = new () => T;
