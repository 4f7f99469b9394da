"""Wan's documented errors: the HTTP status and message of each code.

help.aliyun.com/zh/model-studio/error-code (2026-11-22). Some codes have two spellings, Wan's own and OpenAI's. Where no
message is documented, the message is ours: clients decide by code and status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_MODERATED = "Input data may contain inappropriate content."
_RATE = "Requests rate limit exceeded, please try again later."
_BURST = "Request rate increased too quickly, please slow down and try again later."
_QUOTA = "Allocated quota exceeded, please increase your quota limit."
_NO_KEY = "Invalid API-key provided."
_NO_MODEL = "The model does not exist or you do not have access to it."
_URL = "The provided URL does not appear to be valid. Ensure it is correctly formatted."

DOCUMENTED: dict[str, tuple[int, str]] = {
    "InvalidParameter": (400, "Required body invalid, please check the request body format."),
    "invalid_parameter_error": (400, "The resource link is not resolvable."),
    "InvalidParameter.DataInspection": (
        400,
        "Unable to download the media resource during the data inspection process.",
    ),
    "DataInspectionFailed": (400, _MODERATED),
    "data_inspection_failed": (400, _MODERATED),
    "IPInfringementSuspect": (400, "Input data is suspected of being involved in IP infringement."),
    "CustomRoleBlocked": (400, "Input or output data may contain inappropriate content with custom rule."),
    "FaqRuleBlocked": (400, "Input or output data is blocked by faq rule."),
    "Arrearage": (400, "Access denied, please make sure your account is in good standing."),
    "InvalidURL": (400, _URL),
    "InvalidURL.ConnectionRefused": (400, "Connection to the provided URL was refused."),
    "InvalidURL.Timeout": (400, "Download timed out, check network connection."),
    "InvalidImage.FileFormat": (400, "Invalid image type. Please ensure the uploaded file is a valid image."),
    "InvalidImageFormat": (400, "The image format is not supported."),
    "InvalidImageResolution": (400, "The input image resolution is too large or too small."),
    "InvalidImage.ImageSize": (400, "The size of image is beyond limit."),
    "BadRequest.EmptyInput": (400, 'Required parameter "input" missing from request.'),
    "BadRequest.EmptyParameters": (400, 'Required parameter "parameters" missing from request.'),
    "BadRequest.EmptyModel": (400, 'Required parameter "model" missing from request.'),
    "BadRequest.IllegalInput": (400, "The input parameter requires json format."),
    "BadRequest.InputDownloadFailed": (400, "Failed to download the input file."),
    "BadRequest.TooLarge": (400, "Payload too large."),
    "UnsupportedOperation": (
        400,
        "Failed to cancel the task, please confirm if the task is in PENDING status.",
    ),
    "InvalidApiKey": (401, _NO_KEY),
    "invalid_api_key": (401, _NO_KEY),
    "NOT AUTHORIZED": (401, "Access denied: invalid access token or token expired"),
    "AccessDenied": (403, "current user api does not support synchronous calls."),
    "AccessDenied.Unpurchased": (403, "Access to model denied. Please make sure you are eligible for using the model."),
    "Model.AccessDenied": (403, "Model access denied."),
    "Workspace.AccessDenied": (403, "Workspace access denied."),
    "App.AccessDenied": (403, "App access denied."),
    "Endpoint.AccessDenied": (403, "Endpoint access denied."),
    "AllocationQuota.FreeTierOnly": (403, "The free tier of the model has been exhausted."),
    "ModelNotFound": (404, _NO_MODEL),
    "model_not_found": (404, _NO_MODEL),
    "model_not_supported": (404, "The model is not supported here."),
    "Model.NotExist": (404, "Model not exist."),
    "WorkSpaceNotFound": (404, "WorkSpace can not be found."),
    "NotFound": (404, "Not found."),
    "Conflict": (409, "There is already a resource of that name."),
    "Throttling": (429, "Requests throttling triggered."),
    "Throttling.RateQuota": (429, _RATE),
    "LimitRequests": (429, _RATE),
    "limit_requests": (429, _RATE),
    "Throttling.BurstRate": (429, _BURST),
    "limit_burst_rate": (429, _BURST),
    "Throttling.Concurrency": (429, "Too many tasks in flight."),
    "Throttling.ServiceOverloaded": (429, "Too many requests. The service is overloaded, please try again later."),
    "Throttling.ResourceExhausted": (429, "Resources are exhausted, please try again later."),
    "Throttling.AllocationQuota": (429, _QUOTA),
    "insufficient_quota": (429, "You exceeded your current quota, please check your plan and billing details."),
    "CommodityNotPurchased": (429, "Commodity has not purchased yet."),
    "PrepaidBillOverdue": (429, "The prepaid bill is overdue."),
    "PostpaidBillOverdue": (429, "The postpaid bill is overdue."),
    "BudgetLimitExceeded": (429, "The budget limit is exceeded."),
    "InternalError": (500, "An internal error has occured, please try again later or contact service support."),
    "internal_error": (500, "An internal error has occured, please try again later or contact service support."),
    "InternalError.Algo": (500, "An internal error has occured during execution, please try again later."),
    "InternalError.FileUpload": (500, "oss upload error."),
    "InternalError.Upload": (500, "Failed to upload result."),
    "InternalError.Timeout": (500, "An internal timeout error has occured during execution."),
    "SystemError": (500, "An system error has occured, please try again later."),
    "ModelServiceFailed": (500, "Failed to request model service."),
    "RequestTimeOut": (500, "Request timed out, please try again later."),
    "ResponseTimeout": (500, "Response timed out, please try again later."),
    "RewriteFailed": (500, "Failed to rewrite content for prompt."),
    "ModelServingError": (503, "Too many requests. The model service is overloaded."),
    "ModelUnavailable": (503, "Model is unavailable, please try again later."),
    "ServiceUnavailable": (503, "Service is unavailable, please try again later."),
    "GatewayTimeout": (504, "Gateway timeout."),
}


@dataclass
class Refusal(Exception):
    """An error answer of Wan. A *retry_after_s* of 0 sends no Retry-After header.

    Two other shapes were seen: *openai*, OpenAI's body; *framed*, an event of a stream under a JSON content type.
    """

    status: int
    code: str
    message: str
    retry_after_s: float = 0.0
    openai: bool = False
    framed: bool = False

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the JSON body."""
        if self.openai:  # seen from the gateway: no request id, everything inside ``error``
            return {"error": {"message": self.message, "type": "invalid_request_error", "code": self.code}}
        return {"code": self.code, "message": self.message, "request_id": request_id}


def documented(code: str, message: str = "", status: int = 0) -> Refusal:
    """Return the documented error, with another message or status if given.

    ValueError for an unknown code without a status.
    """
    if code not in DOCUMENTED and not status:
        raise ValueError(f"{code!r} is not a documented error; give a status too, or use one of {list(DOCUMENTED)}")
    known_status, known_message = DOCUMENTED.get(code, (status, "injected"))
    return Refusal(status or known_status, code, message or known_message)


def invalid(message: str) -> Refusal:
    """Return 400 InvalidParameter with Wan's message for the field."""
    return Refusal(400, "InvalidParameter", message)
