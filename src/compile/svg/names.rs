//! What React calls the attributes and elements that SVG spells otherwise.

/// React's names of attributes that aren't spelt the same in markup.
const ATTRIBUTES: &str = "\
    accentHeight acceptCharset accessKey alignmentBaseline allowFullScreen allowReorder arabicForm attributeName \
    attributeType autoCapitalize autoComplete autoCorrect autoFocus autoPlay autoReverse autoSave baseFrequency \
    baseProfile baselineShift calcMode capHeight cellPadding cellSpacing charSet classID clipPath clipPathUnits \
    clipRule colSpan colorInterpolation colorInterpolationFilters colorProfile colorRendering contentEditable \
    contentScriptType contentStyleType contextMenu controlsList crossOrigin dangerouslySetInnerHTML dateTime \
    defaultChecked defaultValue diffuseConstant dominantBaseline edgeMode enableBackground encType \
    externalResourcesRequired fillOpacity fillRule filterRes filterUnits floodColor floodOpacity fontFamily \
    fontSize fontSizeAdjust fontStretch fontStyle fontVariant fontWeight formAction formEncType formMethod \
    formNoValidate formTarget frameBorder glyphName glyphOrientationHorizontal glyphOrientationVertical glyphRef \
    gradientTransform gradientUnits horizAdvX horizOriginX hrefLang httpEquiv imageRendering innerHTML inputMode \
    itemID itemProp itemRef itemScope itemType kernelMatrix kernelUnitLength keyParams keyPoints keySplines \
    keyTimes keyType lengthAdjust letterSpacing lightingColor limitingConeAngle marginHeight marginWidth \
    markerEnd markerHeight markerMid markerStart markerUnits markerWidth maskContentUnits maskUnits maxLength \
    mediaGroup minLength noModule noValidate numOctaves overlinePosition overlineThickness paintOrder pathLength \
    patternContentUnits patternTransform patternUnits playsInline pointerEvents pointsAtX pointsAtY pointsAtZ \
    preserveAlpha preserveAspectRatio primitiveUnits radioGroup readOnly refX refY referrerPolicy \
    renderingIntent repeatCount repeatDur requiredExtensions requiredFeatures rowSpan shapeRendering \
    specularConstant specularExponent spellCheck spreadMethod srcDoc srcLang srcSet startOffset stdDeviation \
    stitchTiles stopColor stopOpacity strikethroughPosition strikethroughThickness strokeDasharray \
    strokeDashoffset strokeLinecap strokeLinejoin strokeMiterlimit strokeOpacity strokeWidth \
    suppressContentEditableWarning suppressHydrationWarning surfaceScale systemLanguage tabIndex tableValues \
    targetX targetY textAnchor textDecoration textLength textRendering underlinePosition underlineThickness \
    unicodeBidi unicodeRange unitsPerEm useMap vAlphabetic vHanging vIdeographic vMathematical vectorEffect \
    vertAdvY vertOriginX vertOriginY viewBox viewTarget wordSpacing writingMode xChannelSelector xHeight \
    xlinkActuate xlinkArcrole xlinkHref xlinkRole xlinkShow xlinkTitle xlinkType xmlBase xmlLang xmlSpace \
    xmlnsXlink yChannelSelector zoomAndPan";

/// SVG's elements in mixed case; some tools write them in lower case.
const ELEMENTS: &str = "\
    altGlyph altGlyphDef altGlyphItem animateColor animateMotion animateTransform clipPath feBlend feColorMatrix \
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow \
    feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset \
    fePointLight feSpecularLighting feSpotLight feTile feTurbulence foreignObject glyphRef linearGradient \
    radialGradient textPath";

/// The attribute's name in JSX. `id` in lower case decides, as HTML's parser would have it.
pub(super) fn attribute(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "class" => return "className".to_owned(),
        "for" => return "htmlFor".to_owned(),
        "panose-1" => return "panose1".to_owned(),
        _ => {}
    }
    let joined = lower.replace(['-', ':'], "");
    let known = ATTRIBUTES
        .split(' ')
        .find(|known| known.eq_ignore_ascii_case(&joined));
    if let Some(known) = known
        && (joined == lower || lower.replace(':', "-") == kebab(known))
    {
        return known.to_owned();
    }
    let kebab = kebab(name);
    if let Some(rest) = kebab.strip_prefix("aria-") {
        return format!("aria-{}", rest.replace('-', ""));
    }
    match kebab.starts_with("data-") {
        true => kebab,
        false => name.to_owned(),
    }
}

/// The element's name in JSX.
pub(super) fn element(name: &str) -> &str {
    match name {
        "color-profile" => "colorProfile",
        "font-face" => "fontFace",
        "font-face-format" => "fontFaceFormat",
        "font-face-name" => "fontFaceName",
        "font-face-src" => "fontFaceSrc",
        "font-face-uri" => "fontFaceUri",
        "missing-glyph" => "missingGlyph",
        _ if name.bytes().all(|byte| byte.is_ascii_lowercase()) => ELEMENTS
            .split(' ')
            .find(|known| known.eq_ignore_ascii_case(name))
            .unwrap_or(name),
        _ => name,
    }
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            out.push('-');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}
