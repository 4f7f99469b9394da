"""What each error code of the endpoint means for us. Pure.

Document: help.aliyun.com/zh/model-studio/error-code (2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping

from imagegen.errors import Reason

# Every code of the document, by HTTP status, in the document's spelling; some codes have two spellings. For codes of
# 500 and above, the document also names other statuses, depending on the model.
DOCUMENTED: Mapping[int, tuple[str, ...]] = {
    400: (
        "InvalidParameter",
        "InvalidParameter.DataInspection",
        "DataInspectionFailed",
        "data_inspection_failed",
        "IPInfringementSuspect",
        "CustomRoleBlocked",
        "FaqRuleBlocked",
        "Arrearage",
        "InvalidURL",
        "InvalidURL.ConnectionRefused",
        "InvalidURL.Timeout",
        "InvalidImage.FileFormat",
        "InvalidImageFormat",
        "InvalidImageResolution",
        "InvalidImage.ImageSize",
        "BadRequest.EmptyInput",
        "BadRequest.EmptyParameters",
        "BadRequest.EmptyModel",
        "BadRequest.IllegalInput",
        "BadRequest.InputDownloadFailed",
        "BadRequest.TooLarge",
        "UnsupportedOperation",
    ),
    401: ("InvalidApiKey", "invalid_api_key", "NOT AUTHORIZED"),
    403: (
        "AccessDenied",
        "AccessDenied.Unpurchased",
        "Model.AccessDenied",
        "Workspace.AccessDenied",
        "App.AccessDenied",
        "Endpoint.AccessDenied",
        "AllocationQuota.FreeTierOnly",
    ),
    404: ("ModelNotFound", "model_not_found", "model_not_supported", "Model.NotExist", "WorkSpaceNotFound", "NotFound"),
    409: ("Conflict",),
    429: (
        "Throttling",
        "Throttling.RateQuota",
        "LimitRequests",
        "limit_requests",
        "Throttling.BurstRate",
        "limit_burst_rate",
        "Throttling.Concurrency",
        "Throttling.ServiceOverloaded",
        "Throttling.ResourceExhausted",
        "Throttling.AllocationQuota",
        "insufficient_quota",
        "CommodityNotPurchased",
        "PrepaidBillOverdue",
        "PostpaidBillOverdue",
        "BudgetLimitExceeded",
    ),
    500: (
        "InternalError",
        "internal_error",
        "InternalError.Algo",
        "SystemError",
        "ModelServiceFailed",
        "InternalError.FileUpload",
        "InternalError.Upload",
        "InternalError.Timeout",
        "RequestTimeOut",
        "ResponseTimeout",
        "RewriteFailed",
        "ModelServingError",
    ),
    503: ("ModelUnavailable", "ServiceUnavailable"),
    504: ("GatewayTimeout",),
}

# By the beginning of the normalized code (see normalize_code). The first match wins.
_REASONS = (
    ("datainspectionfailed", Reason.MODERATION),
    ("customroleblocked", Reason.MODERATION),
    ("faqruleblocked", Reason.MODERATION),
    ("ipinfringementsuspect", Reason.COPYRIGHT),
    ("arrearage", Reason.ACCOUNT_OVERDUE),
    ("commoditynotpurchased", Reason.ACCOUNT_OVERDUE),
    ("prepaidbilloverdue", Reason.ACCOUNT_OVERDUE),
    ("postpaidbilloverdue", Reason.ACCOUNT_OVERDUE),
    ("budgetlimitexceeded", Reason.ACCOUNT_OVERDUE),
    ("allocationquota.freetieronly", Reason.MODEL_REFUSED),  # each model has a free quota of its own
    ("accessdenied.unpurchased", Reason.MODEL_REFUSED),  # "access to model denied"
    ("invalidapikey", Reason.KEY_REFUSED),
    ("notauthorized", Reason.KEY_REFUSED),
    ("accessdenied", Reason.CALL_REFUSED),  # "does not support (a)synchronous calls": assume the narrowest meaning
    ("app.accessdenied", Reason.KEY_REFUSED),
    ("workspace", Reason.KEY_REFUSED),
    ("endpoint.accessdenied", Reason.MODEL_REFUSED),
    ("model.", Reason.MODEL_REFUSED),
    ("modelnotfound", Reason.MODEL_REFUSED),
    ("modelnotsupported", Reason.MODEL_REFUSED),
    ("throttling", Reason.BUSY),
    ("limit", Reason.BUSY),
    ("insufficientquota", Reason.BUSY),
    ("invalidurl", Reason.WAN_REJECTED_IMAGE),
    ("invalidimage", Reason.WAN_REJECTED_IMAGE),
    ("invalidparameter.datainspection", Reason.WAN_REJECTED_IMAGE),
    ("badrequest.inputdownloadfailed", Reason.WAN_REJECTED_IMAGE),
    ("invalid", Reason.WAN_REJECTED),
    ("badrequest", Reason.WAN_REJECTED),
    ("unsupportedoperation", Reason.WAN_REJECTED),
    ("conflict", Reason.WAN_REJECTED),
    ("notfound", Reason.WAN_REJECTED),
)
# Messages of InvalidParameter that concern the bot's setup and not the request. A message is less reliable than a code,
# so none of these pauses more than the call style that it names.
_MESSAGE_REASONS = (
    ("url error", Reason.WAN_SETUP),  # the model is not served at this address
    ("does not support synchronous call", Reason.CALL_REFUSED),
    ("does not support asynchronous call", Reason.CALL_REFUSED),
    ("does not support http call", Reason.WAN_SETUP),
    ("only support stream mode", Reason.WAN_SETUP),
    ("model not exist", Reason.WAN_SETUP),
)


def reason_for(code: str, status: int, message: str = "") -> Reason:
    """Return what Wan's *code* means for us. Judge an unknown code by its status, which is 200 for a failed task."""
    if status == 401:
        return Reason.KEY_REFUSED  # whatever the code names as invalid
    plain = normalize_code(code).removeprefix("internalerror.algo.")  # an inner service's own code may follow
    if plain in ("invalidparameter", "invalidparametererror", "invalidrequesterror"):
        lowered = message.lower()
        return next((reason for part, reason in _MESSAGE_REASONS if part in lowered), Reason.WAN_REJECTED)
    known = next((reason for start, reason in _REASONS if plain.startswith(start)), None)
    if known is not None or status == 429:
        return known or Reason.BUSY
    return Reason.WAN_REJECTED if 400 <= status < 500 else Reason.WAN_DOWN


def normalize_code(code: str) -> str:
    """Return *code* in one form for both spellings, CamelCase and snake_case."""
    return code.lower().replace("_", "").replace(" ", "")
